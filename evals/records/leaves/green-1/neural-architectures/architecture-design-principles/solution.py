"""A network that never falls when dose or moisture rises, whatever the season."""

import time

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MEMBERS, HIDDEN, CONTEXT = 4, 32, 16
STEPS, BATCH, RATE, DECAY, SECONDS = 3000, 128, 0.02, 0.2, 19.0


class _Linear(nn.Module):
    """One linear layer for each member: (members, n, inputs) -> (members, n, outputs)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(MEMBERS, inputs, outputs) / inputs**0.5)
        self.bias = nn.Parameter(torch.zeros(MEMBERS, 1, outputs))

    def forward(self, x: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, x, self.weight)


class Monotone(nn.Module):
    """Mean of several networks, each rising in dose and moisture by how it is built.

    From dose and moisture on there are positive weights and rising activations alone. tanh bends
    both ways, so that positive weights do not make the function convex, and two hidden layers come
    near any rising function. The season passes through a free network that sets the biases and,
    kept positive, the size of each output: any effect of its own, any interaction.

    A trained one reckons in float64 and rounds once, at the end: rounding keeps the order, while
    sums in float32 could fall by a last digit where the function is flat.
    """

    def __init__(self, x: Tensor, y: Tensor):
        super().__init__()
        for name, data in (("x", x), ("y", y)):
            std = data.std(0)
            self.register_buffer(f"{name}_mean", data.mean(0))
            self.register_buffer(f"{name}_std", torch.where(std > 0, std, 1.0))
        self.season_1, self.season_2 = _Linear(1, CONTEXT), _Linear(CONTEXT, CONTEXT)
        # biases of both layers and sizes, 3 x HIDDEN, and a shift, all from the season
        self.steer = _Linear(CONTEXT, 3 * HIDDEN + 1)
        self.raw_1 = nn.Parameter(torch.randn(MEMBERS, 2, HIDDEN))
        self.raw_2 = nn.Parameter(2 * torch.randn(MEMBERS, HIDDEN, HIDDEN) - 4)
        with torch.no_grad():
            self.steer.weight.mul_(0.5)
            self.steer.bias[..., : 2 * HIDDEN].normal_()
            self.steer.bias[..., 2 * HIDDEN : 3 * HIDDEN] = -3.0

    def standard(self, x: Tensor) -> Tensor:
        x = (x.to(self.x_mean.dtype) - self.x_mean) / self.x_std
        return x.clamp(-1e6, 1e6)  # rises too; infinities become numbers

    def members(self, x: Tensor) -> Tensor:
        """(members, n, 3) or (n, 3), standardised -> (members, n), standardised."""
        x = x.expand(MEMBERS, -1, -1)
        season = self.season_2(torch.tanh(self.season_1(x[..., 2:]))).tanh()
        bias_1, bias_2, size, shift = self.steer(season).split([HIDDEN, HIDDEN, HIDDEN, 1], -1)
        h = torch.tanh(x[..., :2] @ F.softplus(self.raw_1) + bias_1)
        h = torch.tanh(h @ F.softplus(self.raw_2) + bias_2)
        return (h * F.softplus(size)).sum(-1) + shift[..., 0]

    def forward(self, x: Tensor) -> Tensor:
        out = self.members(self.standard(x)).mean(0)
        return (self.y_mean + self.y_std * out).float()


def fit(x: Tensor, y: Tensor) -> nn.Module:
    begun = time.perf_counter()
    x, y = x.detach().double(), y.detach().double().flatten()
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        model = Monotone(x, y)
        inputs = model.standard(x).float()
        goal = ((y - model.y_mean) / model.y_std).float()
        _train(model, inputs, goal, begun + SECONDS)
    return model.double().eval()


def _train(model: Monotone, inputs: Tensor, goal: Tensor, until: float) -> None:
    # decay for the free network alone: a raw weight of zero is no small positive one
    free = [part.weight for part in (model.season_1, model.season_2, model.steer)]
    ids = {id(p) for p in free}
    others = [p for p in model.parameters() if id(p) not in ids]
    optimizer = torch.optim.AdamW(
        [{"params": free, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}],
        lr=RATE,
    )
    begun, span = time.perf_counter(), STEPS  # making the first optimizer takes seconds
    for step in range(STEPS):
        spent = time.perf_counter() - begun
        if step % 50 == 0 and step:  # fewer steps on a slow machine, the whole schedule all the same
            span = max(step + 1, min(STEPS, int((until - begun) * step / spent)))
        if step >= span or spent > until - begun:
            break
        for group in optimizer.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / 50) * (1 - step / span)
        rows = torch.randint(len(goal), (MEMBERS, min(BATCH, len(goal))))
        errors = model.members(inputs[rows]) - goal[rows]
        loss = errors.square().mean(1).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
