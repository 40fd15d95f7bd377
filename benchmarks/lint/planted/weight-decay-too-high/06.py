"""Accelerate: a regressor of reaction yields."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn


def main(loader, d, epochs=50):
    set_seed(5)
    acc = Accelerator()
    net = nn.Sequential(nn.Linear(d, 256), nn.SiLU(), nn.Linear(256, 1), nn.Flatten(0))
    opt = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=1e2)  # PLANTED
    net, opt, loader = acc.prepare(net, opt, loader)
    for epoch in range(epochs):
        net.train()
        for x, y in loader:
            loss = nn.functional.smooth_l1_loss(net(x), y)
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())
