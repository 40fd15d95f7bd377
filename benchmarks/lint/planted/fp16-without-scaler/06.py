"""Typed language model step with a dtype by name."""
from __future__ import annotations

import torch
from torch import nn

DTYPES = {"half": torch.float16}


def train(net: nn.Module, stream, precision: str = "half", steps: int = 10_000) -> None:
    torch.manual_seed(5)
    net.cuda().train()
    opt = torch.optim.Adam(net.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=200)
    ctx = torch.autocast("cuda", dtype=DTYPES[precision])
    for step, (x, y) in zip(range(steps), stream):
        with ctx:
            logits = net(x.cuda())
        loss = nn.functional.cross_entropy(logits.float().transpose(1, 2), y.cuda())
        opt.zero_grad(set_to_none=True)
        loss.backward()  # PLANTED
        opt.step()
        warm.step()
        if step % 100 == 0:
            print(step, loss.item())
