"""Typed multi-task learning with learned uncertainties of the tasks."""
from __future__ import annotations

import torch
from torch import Tensor, nn


class Uncertainty(nn.Module):
    """Weighs losses by learned variances (Kendall et al., 2018)."""

    def __init__(self, tasks: int) -> None:
        super().__init__()
        self.log_var = nn.Parameter(torch.zeros(tasks))

    def forward(self, losses: Tensor) -> Tensor:
        return (losses * (-self.log_var).exp() + self.log_var).sum()


def train(net: nn.Module, loader, epochs: int = 20) -> None:
    torch.manual_seed(6)
    weigh = Uncertainty(2)
    opt = torch.optim.RAdam(net.parameters(), lr=1e-3)  # PLANTED
    for epoch in range(epochs):
        net.train()
        for x, (a, b) in loader:
            pa, pb = net(x)
            losses = torch.stack([nn.functional.mse_loss(pa, a), nn.functional.cross_entropy(pb, b)])
            loss = weigh(losses)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item(), weigh.log_var.tolist())
