import math
import os
import random

import torch
from torch.optim.lr_scheduler import LambdaLR


def _factor(k, warmup, total):
    """Of the update that has k before it: a closed form, so that k is all there is to restore."""
    begin = total - total // 5
    if k >= total:
        return 0.0
    if k >= begin:
        return 1.0 - math.sqrt((k - begin) / (total - begin))
    return min(1.0, (k + 1) / max(1, warmup))


def _optimizer(model, lr):
    named = list(model.named_parameters())
    embed = [p for name, p in named if name.startswith("embed")]
    rest = [p for name, p in named if not name.startswith("embed")]
    groups = [{"params": rest, "lr": lr}, {"params": embed, "lr": 0.1 * lr}]
    return torch.optim.AdamW(groups, lr=lr)


def _scheduler(optimizer, warmup, total, done=0):
    return LambdaLR(optimizer, lambda k: _factor(k, warmup, total), last_epoch=done - 1)


def start(model, lr, warmup, total):
    optimizer = _optimizer(model, lr)
    return optimizer, _scheduler(optimizer, warmup, total)


def save(path, model, optimizer, scheduler):
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "done": scheduler.last_epoch,
        "random": random.getstate(),
        "torch_random": torch.get_rng_state(),  # dropout goes on as it would have
        "cuda_random": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    torch.save(state, f"{path}.part")
    os.replace(f"{path}.part", path)  # a crash while writing leaves the old checkpoint


def resume(path, model, lr, warmup, total):
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    optimizer = _optimizer(model, lr)
    base = [group["lr"] for group in optimizer.param_groups]
    optimizer.load_state_dict(state["optimizer"])
    for group, rate in zip(optimizer.param_groups, base, strict=True):
        # The loaded state brought the old rates; the scheduler starts from initial_lr.
        group["lr"] = group["initial_lr"] = rate
    scheduler = _scheduler(optimizer, warmup, total, state["done"])
    random.setstate(state["random"])
    torch.set_rng_state(state["torch_random"])
    if torch.cuda.is_available() and len(state["cuda_random"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda_random"])
    return optimizer, scheduler
