import math
import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Monotone(nn.Module):
    """Never falls when x[:, 0] or x[:, 1] rises; free in x[:, 2].

    The season makes the weights: those that dose and moisture pass through are positive whatever
    it is, biases are free, and tanh rises. Tanh is needed: positive weights with ReLU would allow
    convex curves alone. Computed in float64, so that rounding does not undo the order.
    """

    def __init__(self, mean: Tensor, std: Tensor, center: Tensor, scale: Tensor, width=16, hidden=24):
        super().__init__()
        self.width = width
        for name, value in (("mean", mean), ("std", std), ("center", center), ("scale", scale)):
            self.register_buffer(name, value.double())
        sizes = [2 * width, width, width * width, width, width, 1]
        self.sizes = sizes
        self.season = nn.Sequential(nn.Linear(1, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh())
        self.make = nn.Linear(hidden, sum(sizes))
        with torch.no_grad():
            self.make.weight.mul_(0.3)
            first, bias_1, second, bias_2, last, bias_3 = self.make.bias.split(sizes)
            first.normal_(-0.5, 1.0)
            bias_1.uniform_(-2.0, 2.0)
            second.normal_(-2.5, 0.7)
            bias_2.uniform_(-1.0, 1.0)
            last.normal_(-2.0, 0.5)
            bias_3.zero_()
        self.double()

    def forward(self, x: Tensor) -> Tensor:
        z = (x.double() - self.mean) / self.std
        z = z.clamp(-1e6, 1e6)  # keeps infinite entries from becoming nan
        season = self.season(z[:, 2:].clamp(-10, 10))
        first, bias_1, second, bias_2, last, bias_3 = self.make(season).split(self.sizes, 1)
        width = self.width
        first = F.softplus(first).view(-1, 2, width)
        second = F.softplus(second).view(-1, width, width)
        h = torch.tanh(z[:, :1] * first[:, 0] + z[:, 1:2] * first[:, 1] + bias_1)
        h = torch.tanh((h[:, :, None] * second).sum(1) + bias_2)
        out = (h * F.softplus(last)).sum(1) + bias_3[:, 0]
        return (out * self.scale + self.center).float()


def fit(x: Tensor, y: Tensor) -> torch.nn.Module:
    begun = time.monotonic()
    x, y = x.detach().float(), y.detach().float().reshape(-1)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        order = torch.randperm(len(x))
        held, used = order[: len(x) // 10], order[len(x) // 10 :]
        std = x.std(0).clamp(min=1e-6)
        model = Monotone(x.mean(0), std, y.mean(), y.std().clamp(min=1e-6))
        optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=1e-2)
        epochs, size, most_s = 100, 128, 22.0
        best, best_state = float("inf"), None
        for epoch in range(epochs):
            # the rate falls with the time left where the machine is slow
            done = max(epoch / epochs, (time.monotonic() - begun) / most_s)
            if done >= 1:
                break
            rate = 1e-2 * min(1.0, (epoch + 1) / 8) * (1 + math.cos(math.pi * done)) / 2
            for group in optimizer.param_groups:
                group["lr"] = rate
            for rows in used[torch.randperm(len(used))].split(size):
                loss = ((model(x[rows]) - y[rows]) / model.scale).square().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            with torch.no_grad():
                now = (model(x[held]) - y[held]).square().mean().item()
            if now < best:
                best, best_state = now, {k: v.clone() for k, v in model.state_dict().items()}
        model.load_state_dict(best_state)
    return model.eval()
