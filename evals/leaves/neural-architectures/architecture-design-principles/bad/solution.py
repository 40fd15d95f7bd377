"""Monotone by absolute weights between rectified linear units."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Rising(nn.Module):
    def __init__(self, mean: Tensor, std: Tensor, shift: Tensor, scale: Tensor) -> None:
        super().__init__()
        for name, value in (("mean", mean), ("std", std), ("shift", shift), ("scale", scale)):
            self.register_buffer(name, value)
        self.free = nn.Linear(1, 64)
        self.rising = nn.Linear(2, 64, bias=False)
        self.second = nn.Linear(64, 64)
        self.out = nn.Linear(64, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = (x - self.mean) / self.std
        h = torch.relu(self.free(x[:, 2:]) + F.linear(x[:, :2], self.rising.weight.abs()))
        h = torch.relu(F.linear(h, self.second.weight.abs(), self.second.bias))
        return F.linear(h, self.out.weight.abs(), self.out.bias)[:, 0] * self.scale + self.shift


def fit(x: Tensor, y: Tensor) -> nn.Module:
    torch.manual_seed(0)
    model = Rising(x.mean(0), x.std(0), y.mean(), y.std())
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(3000):
        rows = torch.randint(len(x), (256,))
        loss = F.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()
