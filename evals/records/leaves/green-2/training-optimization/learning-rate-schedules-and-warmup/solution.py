"""AdamW with warm-up, a constant part and a cooldown, whose settings may change on resume."""

import math
import os
import random

import numpy as np
import torch
from torch.optim.lr_scheduler import LambdaLR


def _factor(k: int, warmup: int, total: int) -> float:
    """A closed form of the number of updates done: the counter is the schedule's only state."""
    start = total - total // 5
    if k >= total:
        return 0.0
    if k >= start:
        return 1 - math.sqrt((k - start) / (total - start))
    return min(1.0, (k + 1) / max(warmup, 1))


def _rates(lr: float) -> list[float]:
    return [lr, lr / 10]


def _optimizer(model, lr):
    named = list(model.named_parameters())
    embed = [p for name, p in named if name.startswith("embed")]
    rest = [p for name, p in named if not name.startswith("embed")]
    groups = [{"params": p, "lr": r} for p, r in zip((rest, embed), _rates(lr), strict=True)]
    return torch.optim.AdamW(groups, lr=lr)


def _scheduler(optimizer, lr, warmup, total, done):
    for group, rate in zip(optimizer.param_groups, _rates(lr), strict=True):
        group["lr"] = group["initial_lr"] = rate  # load_state_dict has brought the old ones
    # the constructor makes one step: from done - 1 to done
    return LambdaLR(optimizer, lambda k: _factor(k, warmup, total), last_epoch=done - 1)


def start(model, lr, warmup, total):
    optimizer = _optimizer(model, lr)
    return optimizer, _scheduler(optimizer, lr, warmup, total, 0)


def save(path, model, optimizer, scheduler):
    # between optimizer.step() and scheduler.step() Adam's own counter is ahead by one
    steps = [int(state["step"]) for state in optimizer.state.values() if "step" in state]
    name, keys, *rest = np.random.get_state()
    checkpoint = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "done": max([scheduler.last_epoch, *steps]),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "python": random.getstate(),
        "numpy": (name, keys.tolist(), *rest),
    }
    torch.save(checkpoint, f"{path}.part")
    os.replace(f"{path}.part", path)  # a stop while writing leaves the old file


def resume(path, model, lr, warmup, total):
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(checkpoint["model"])
    optimizer = _optimizer(model, lr)
    optimizer.load_state_dict(checkpoint["optimizer"])
    optimizer.zero_grad()
    scheduler = _scheduler(optimizer, lr, warmup, total, checkpoint["done"])
    torch.set_rng_state(checkpoint["torch"])
    if len(checkpoint["cuda"]) and len(checkpoint["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(checkpoint["cuda"])
    version, internal, gauss = checkpoint["python"]
    random.setstate((version, tuple(internal), gauss))
    name, keys, *rest = checkpoint["numpy"]
    np.random.set_state((name, np.array(keys, dtype=np.uint32), *rest))
    return optimizer, scheduler
