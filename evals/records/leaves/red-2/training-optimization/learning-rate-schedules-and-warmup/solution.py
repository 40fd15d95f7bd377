"""Warm-up, constant, cooldown; with checkpoints from which one goes on with other settings."""

import math
import os

import torch
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR


def _factor(k, warmup, total):
    """f(k); 0 from total on."""
    rise = min(1.0, (k + 1) / warmup) if warmup > 0 else 1.0
    s = total - total // 5
    if k >= total:
        return 0.0
    return min(rise, 1.0 - math.sqrt((k - s) / (total - s))) if k >= s else rise


def _optimizer(model, lr):
    named = list(model.named_parameters())
    rest = [p for name, p in named if not name.startswith("embed")]
    embed = [p for name, p in named if name.startswith("embed")]
    groups = [{"params": rest, "lr": lr}, {"params": embed, "lr": lr / 10}]
    return AdamW([group for group in groups if group["params"]], lr=lr)


def _scheduler(optimizer, warmup, total, done):
    """Schedule for an optimizer that has made `done` updates and whose groups hold their full rates in lr."""
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    scheduler = LambdaLR(optimizer, lambda k: _factor(k, warmup, total), last_epoch=done - 1)
    scheduler.updates = done

    def count(*_):
        scheduler.updates += 1

    optimizer.register_step_post_hook(count)
    return scheduler


def start(model, lr, warmup, total):
    optimizer = _optimizer(model, lr)
    return optimizer, _scheduler(optimizer, warmup, total, 0)


def save(path, model, optimizer, scheduler):
    """May be called anywhere after optimizer.step(), also before scheduler.step() of that update."""
    checkpoint = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "done": max(scheduler.updates, scheduler.last_epoch),
        "rng": torch.get_rng_state(),
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    partial = f"{path}.partial"  # a crash while writing leaves the old checkpoint whole
    torch.save(checkpoint, partial)
    os.replace(partial, path)


def resume(path, model, lr, warmup, total):
    """Weights, moments, number of updates and torch's random state from the file; the rates from here."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(checkpoint["model"])
    optimizer = _optimizer(model, lr)
    rates = [group["lr"] for group in optimizer.param_groups]
    optimizer.load_state_dict(checkpoint["optimizer"])  # brings the old lr and initial_lr along
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate
    scheduler = _scheduler(optimizer, warmup, total, checkpoint["done"])
    torch.set_rng_state(checkpoint["rng"])
    if checkpoint["cuda_rng"] and torch.cuda.device_count() == len(checkpoint["cuda_rng"]):
        torch.cuda.set_rng_state_all(checkpoint["cuda_rng"])
    return optimizer, scheduler
