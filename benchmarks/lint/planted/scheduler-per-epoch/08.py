"""Polynomial decay in the manner of DeepLab."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch.optim.lr_scheduler import PolynomialLR


@dataclass
class Plan:
    iterations: int = 40_000
    lr: float = 0.01
    seed: int = 7


def fit(net, loader, plan=Plan()):
    torch.manual_seed(plan.seed)
    opt = torch.optim.SGD(net.parameters(), lr=plan.lr, momentum=0.9)
    poly = PolynomialLR(opt, total_iters=plan.iterations, power=0.9)
    done, epoch = 0, 0
    while done < plan.iterations:
        net.train()
        for x, y in loader:
            loss = F.cross_entropy(net(x), y, ignore_index=255)
            opt.zero_grad()
            loss.backward()
            opt.step()
            done += 1
        poly.step()  # PLANTED
        epoch += 1
        print(epoch, done, loss.item())
