"""A network that cannot fall in dose or moisture, and is free in season.

Dose and moisture run through layers whose weights are positive (a softplus) and whose activations rise; all of that
network's first weights, biases and output weights, and an offset, are themselves given by a free network of the season.
Bounded activations (tanh) bend either way, unlike rectifiers, which under positive weights give convex
shapes only: that is where constrained networks usually lose their fit.
"""

import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HIDDEN = 12
SEASON = 16
MEMBERS = 2  # networks that are averaged, which cannot fall either
STEPS = 3500
BATCH = 256
SECONDS = 12.0  # training of one network stops here at the latest
LIMIT = 20.0  # inputs are held within so many standard deviations of the data's mean


class Monotone(nn.Module):
    def __init__(self, x: Tensor, y: Tensor) -> None:
        super().__init__()
        self.register_buffer("x_mean", x.mean(0))
        self.register_buffer("x_scale", x.std(0).clamp_min(1e-6))
        self.register_buffer("y_mean", y.mean())
        self.register_buffer("y_scale", y.std().clamp_min(1e-6))
        h = HIDDEN
        self.sizes = [2 * h, h, h, h, 1]
        self.season = nn.Sequential(
            nn.Linear(1, SEASON), nn.Tanh(), nn.Linear(SEASON, SEASON), nn.Tanh(), nn.Linear(SEASON, sum(self.sizes))
        )
        self.middle = nn.Parameter(torch.randn(h, h))
        with torch.no_grad():
            last = self.season[-1]
            last.weight.mul_(0.3)
            first, bias_1, bias_2, out, offset = last.bias.split(self.sizes)
            first.normal_(0.0, 1.5)  # softplus: slopes from soft to steep
            bias_1.uniform_(-2.5, 2.5)  # steps all over the range
            bias_2.uniform_(-1.0, 1.0)
            out.zero_()
            offset.zero_()

    def scaled(self, z: Tensor) -> Tensor:
        h = HIDDEN
        first, bias_1, bias_2, out, offset = self.season(z[:, 2:]).split(self.sizes, -1)
        first = F.softplus(first)
        hidden = torch.tanh(first[:, :h] * z[:, :1] + first[:, h:] * z[:, 1:2] + bias_1)
        hidden = torch.tanh(F.linear(hidden, F.softplus(self.middle) * (2 / h)) + bias_2)
        return (F.softplus(out) * hidden).sum(-1) * (4 / h) + offset[:, 0]

    def normal(self, x: Tensor) -> Tensor:
        # Clamping rises too, and keeps huge inputs from giving inf - inf.
        return ((x - self.x_mean) / self.x_scale).clamp(-LIMIT, LIMIT)

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.x_mean.dtype)
        return self.scaled(self.normal(x)) * self.y_scale + self.y_mean


class Mean(nn.Module):
    def __init__(self, members: list[Monotone]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Tensor:
        x = x.double()
        return (sum(net(x) for net in self.members) / len(self.members)).float()


def _train(x: Tensor, y: Tensor) -> Monotone:
    began = time.monotonic()
    net = Monotone(x, y)
    z, target = net.normal(x), (y - net.y_mean) / net.y_scale
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2, weight_decay=1e-3)
    for step in range(STEPS):
        # By the clock as well as by steps, so that a slow machine ends with a small learning rate too.
        done = max(step / STEPS, (time.monotonic() - began) / SECONDS)
        if done >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 * min(1.0, (step + 1) / 50) * min(1.0, 1.5 * (1 - done))
        batch = torch.randint(len(z), (BATCH,))
        loss = F.mse_loss(net.scaled(z[batch]), target[batch])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    return net


def fit(x: Tensor, y: Tensor) -> nn.Module:
    x, y = x.detach().float(), y.detach().float().reshape(-1)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        members = [_train(x, y) for _ in range(MEMBERS)]
    # In float64, so that rounding does not make steps down between inputs that are close.
    return Mean(members).double().eval()
