import math
import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SECONDS = 15.0  # longest time to train
REACH = 1e4  # inputs farther away than that, in standard deviations, are taken as that far away


class MonotoneNet(nn.Module):
    """Never falls in x[:, 0] and x[:, 1], whatever its parameters; free in x[:, 2].

    The path from dose and moisture to the output has positive weights and rising activations only.
    tanh bends both ways, so curves that first steepen and then level off are no trouble. A free
    network of the season alone gives all of that path's weights in the first layer and the last,
    and its biases, so that season may act in any direction and change how the others act.
    """

    def __init__(self, shift: Tensor, scale: Tensor, y_shift: Tensor, y_scale: Tensor, width=24):
        super().__init__()
        self.width = width
        self.register_buffer("shift", shift)
        self.register_buffer("scale", scale)
        self.register_buffer("y_shift", y_shift)
        self.register_buffer("y_scale", y_scale)
        self.sizes = [2 * width, width, width, width, 1]
        self.season = nn.Sequential(
            nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, sum(self.sizes))
        )
        self.inner = nn.Parameter(torch.randn(width, width) - math.log(width))
        with torch.no_grad():
            bias = torch.cat(
                [
                    torch.randn(2 * width) - 0.5,
                    1.5 * torch.randn(width),
                    torch.randn(width),
                    torch.randn(width) * 0.5 - math.log(width),
                    torch.zeros(1),
                ]
            )
            self.season[-1].bias.copy_(bias)

    def forward(self, x: Tensor) -> Tensor:
        z = ((x.to(self.shift.dtype) - self.shift) / self.scale).clamp(-REACH, REACH)
        first, bias_1, bias_2, last, offset = self.season(z[:, 2:]).split(self.sizes, -1)
        first = F.softplus(first)
        h = z[:, :1] * first[:, : self.width] + z[:, 1:2] * first[:, self.width :] + bias_1
        h = torch.tanh(h)
        h = torch.tanh(h @ F.softplus(self.inner) + bias_2)
        out = (h * F.softplus(last)).sum(-1) + offset[:, 0]
        return (out * self.y_scale + self.y_shift).float()


def fit(x: Tensor, y: Tensor) -> nn.Module:
    begin = time.monotonic()
    x, y = x.detach().float(), y.detach().float().reshape(-1)
    with torch.enable_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        y_scale = y.std().clamp_min(1e-6)
        net = MonotoneNet(x.mean(0), x.std(0).clamp_min(1e-6), y.mean(), y_scale)
        optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2, weight_decay=1e-4)
        steps, done = 3000, 0.0
        batch = min(256, len(x))
        for step in range(steps):
            # by steps or, on a slow machine, by the clock: the rate ends at zero either way
            done = max(step / steps, (time.monotonic() - begin) / SECONDS)
            if done >= 1:
                break
            rate = min(1.0, (step + 1) / 50) * 0.5 * (1 + math.cos(math.pi * done))
            for group in optimizer.param_groups:
                group["lr"] = 1e-2 * rate
            rows = torch.randint(len(x), (batch,))
            loss = ((net(x[rows]) - y[rows]) / y_scale).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    # in float64 rounding, too, is too small to turn a float32 result the wrong way
    return net.double().eval()
