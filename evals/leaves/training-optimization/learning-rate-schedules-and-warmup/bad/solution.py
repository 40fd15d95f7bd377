import math

import torch
from torch.optim.lr_scheduler import LambdaLR


def start(model, lr, warmup, total):
    embed = [p for n, p in model.named_parameters() if n.startswith("embed")]
    rest = [p for n, p in model.named_parameters() if not n.startswith("embed")]
    optimizer = torch.optim.AdamW([{"params": embed, "lr": lr * 0.1}, {"params": rest, "lr": lr}])
    begin = total - total // 5

    def f(k):
        if k < warmup:
            return (k + 1) / warmup
        if k < begin:
            return 1.0
        return 1 - math.sqrt((k - begin) / (total - begin))

    return optimizer, LambdaLR(optimizer, f)


def save(path, model, optimizer, scheduler):
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
        },
        path,
    )


def resume(path, model, lr, warmup, total):
    saved = torch.load(path)
    optimizer, scheduler = start(model, lr, warmup, total)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    return optimizer, scheduler
