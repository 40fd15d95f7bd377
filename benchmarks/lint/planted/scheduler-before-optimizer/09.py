"""AMP loop of a point-cloud classifier with a polynomial rate."""
from __future__ import annotations

import torch
from torch import nn
from torch.amp.autocast_mode import autocast
from torch.amp.grad_scaler import GradScaler
from torch.utils.data import DataLoader


def train(net: nn.Module, loader: DataLoader, steps: int, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    net = net.cuda().train()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    poly = torch.optim.lr_scheduler.PolynomialLR(opt, total_iters=steps, power=0.9)
    scaler = GradScaler("cuda")
    step = 0
    while step < steps:
        for points, label in loader:
            opt.zero_grad(set_to_none=True)
            with autocast("cuda"):
                loss = nn.functional.cross_entropy(net(points.cuda()), label.cuda())
            scaler.scale(loss).backward()
            poly.step()  # PLANTED
            scaler.step(opt)
            scaler.update()
            if step % 100 == 0:
                print(f"step={step} loss={loss.item():.4f}")
            step += 1
    return net
