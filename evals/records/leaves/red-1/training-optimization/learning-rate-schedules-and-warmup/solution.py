"""AdamW with warm-up, constant part and cooldown, whose settings may change at a resume."""

import math
import os

import torch
from torch.optim.lr_scheduler import LambdaLR


def _factor(k, warmup, total):
    """Share of the rate for an update with k updates before it."""
    begin = total - total // 5
    if k >= begin:
        if k >= total:
            return 0.0
        return 1.0 - math.sqrt((k - begin) / (total - begin))
    return (k + 1) / warmup if k < warmup else 1.0


def _groups(model, lr):
    # A tied weight has several names and counts as an embedding when one of them does.
    embed_ids = {id(p) for name, p in model.named_parameters(remove_duplicate=False) if name.startswith("embed")}
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if id(p) not in embed_ids], "lr": lr},
        {"params": [p for p in parameters if id(p) in embed_ids], "lr": lr / 10},
    ]
    return [group for group in groups if group["params"]]


def _scheduler(optimizer, warmup, total, done):
    return LambdaLR(optimizer, lambda k: _factor(k, warmup, total), last_epoch=done - 1)


def start(model, lr, warmup, total):
    optimizer = torch.optim.AdamW(_groups(model, lr), lr=lr)
    return optimizer, _scheduler(optimizer, warmup, total, 0)


def save(path, model, optimizer, scheduler):
    # Between optimizer.step() and scheduler.step() the scheduler is one behind; AdamW's own count is not.
    steps = [int(state["step"]) for state in optimizer.state.values() if "step" in state]
    checkpoint = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "done": max([scheduler.last_epoch, *steps]),
        "rng": torch.get_rng_state(),  # dropout goes on with the same draws
        "cuda_rng": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    temporary = f"{path}.tmp"
    torch.save(checkpoint, temporary)
    os.replace(temporary, path)  # a crash while writing leaves the old checkpoint


def resume(path, model, lr, warmup, total):
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(checkpoint["model"])
    groups = _groups(model, lr)
    rates = [group["lr"] for group in groups]
    optimizer = torch.optim.AdamW(groups, lr=lr)
    optimizer.load_state_dict(checkpoint["optimizer"])
    # The checkpoint brought its own rates along, and a scheduler's state would too: take the moments, not the rates.
    for group, rate in zip(optimizer.param_groups, rates):
        group["lr"] = group["initial_lr"] = rate
    scheduler = _scheduler(optimizer, warmup, total, checkpoint["done"])
    torch.set_rng_state(checkpoint["rng"])
    if checkpoint["cuda_rng"] and len(checkpoint["cuda_rng"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(checkpoint["cuda_rng"])
    return optimizer, scheduler
