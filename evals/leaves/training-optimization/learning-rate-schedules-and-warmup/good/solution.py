import math

import torch
from torch.optim.lr_scheduler import LambdaLR


def _shape(warmup, total):
    begin = total - total // 5

    def f(k):
        if k < warmup:
            return (k + 1) / warmup
        if k < begin:
            return 1.0
        return max(0.0, 1 - math.sqrt(min(1.0, (k - begin) / (total - begin))))

    return f


def _optimizer(model, lr):
    named = list(model.named_parameters())
    embed = [p for n, p in named if n.startswith("embed")]
    rest = [p for n, p in named if not n.startswith("embed")]
    return torch.optim.AdamW([{"params": embed, "lr": lr / 10}, {"params": rest, "lr": lr}])


def start(model, lr, warmup, total):
    optimizer = _optimizer(model, lr)
    return optimizer, LambdaLR(optimizer, _shape(warmup, total))


def save(path, model, optimizer, scheduler):
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "updates": scheduler.last_epoch,
        },
        path,
    )


def resume(path, model, lr, warmup, total):
    saved = torch.load(path, weights_only=True)
    model.load_state_dict(saved["model"])
    optimizer = _optimizer(model, lr)
    optimizer.load_state_dict(saved["optimizer"])
    for group, rate in zip(optimizer.param_groups, (lr / 10, lr), strict=True):
        group["lr"] = group["initial_lr"] = rate
    scheduler = LambdaLR(optimizer, _shape(warmup, total), last_epoch=saved["updates"] - 1)
    return optimizer, scheduler
