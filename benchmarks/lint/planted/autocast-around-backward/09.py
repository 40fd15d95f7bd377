"""Config-driven run with a stack of contexts."""
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import nn
from torch.profiler import profile, schedule


@dataclass
class Run:
    amp: bool = True
    profile: bool = False
    lr: float = 1e-3
    seed: int = 0


def train(model: nn.Module, loader, cfg: Run) -> None:
    torch.manual_seed(cfg.seed)
    model.cuda().train()
    opt = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    with ExitStack() as stack:
        if cfg.profile:
            stack.enter_context(profile(schedule=schedule(wait=1, warmup=1, active=3)))
        if cfg.amp:
            stack.enter_context(torch.autocast("cuda", dtype=torch.bfloat16))
        for step, (x, y) in enumerate(loader):
            loss = nn.functional.cross_entropy(model(x.cuda()), y.cuda())
            opt.zero_grad()
            loss.backward()  # PLANTED
            opt.step()
            if step % 100 == 0:
                print(step, loss.item())
