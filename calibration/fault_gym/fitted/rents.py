"""Flats and their rents, models of them and the loop that trains these."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fault_gym.recorder import Recorder

Loss = Callable[[Tensor, Tensor], Tensor]
COLUMNS = 9
UNITS = torch.tensor([35.0, 1.2, 28.0, 0.4, 2500.0, 1.0, 15.0, 300.0, 0.05])  # m², rooms, year, …
MIDDLES = torch.tensor([85.0, 3.0, 1968.0, 0.5, 4200.0, 2.0, 40.0, 700.0, 0.1])


@dataclass
class Rows:
    """Flats and what is asked of them: x (N, columns), y (N, targets)."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class How:
    """A way to train: `every` steps held-out rows are judged, `warmup` steps the rate rises."""

    steps: int
    batch: int
    lr: float
    optimizer: str = "adam"
    schedule: str = "constant"
    warmup: int = 0
    decay: float = 0.0
    clip: float = 0.0
    every: int = 25


def flats(
    sizes: tuple[int, ...], targets: int = 1, noise: float = 0.3, *, uneven: bool = False,
    tail: float = 0.0, waves: float = 1.0, straight: float = 0.4,
) -> list[Rows]:  # fmt: skip
    """Return sets of flats of one city, y of spread 1. tail: share of wild rents."""
    total = sum(sizes)
    x = torch.randn(total, COLUMNS)
    inner = torch.sin(waves * x @ torch.randn(COLUMNS, 12) / 2) + straight * x @ torch.randn(
        COLUMNS, 12
    )
    y = inner @ torch.randn(12, targets)
    y = (y - y.mean(0)) / y.std(0)
    spread = noise * torch.exp(x[:, 3:4] - 0.5) if uneven else torch.full((total, 1), noise)
    wild = torch.where(torch.rand(total, 1) < tail, 25.0, 1.0)
    y = y + spread * wild * torch.randn(total, targets)
    return [Rows(a, b) for a, b in zip(x.split(list(sizes)), y.split(list(sizes)), strict=True)]


def network(
    outputs: int = 1, widths: tuple[int, ...] = (64, 64), act: Callable[[], nn.Module] = nn.ReLU,
    norm: bool = False, dropout: float = 0.0, inputs: int = COLUMNS,
) -> nn.Sequential:  # fmt: skip
    """Return an MLP."""
    layers: list[nn.Module] = []
    for width in widths:
        layers.append(nn.Linear(inputs, width))
        if norm:
            layers.append(nn.LayerNorm(width))
        layers.append(act())
        if dropout:
            layers.append(nn.Dropout(dropout))
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


class Steep(nn.Module):
    """A tanh of `slope` times its input."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = slope

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(self.slope * x)


class Residual(nn.Module):
    """A stem, blocks that add to it, and a head."""

    def __init__(self, outputs: int, width: int, depth: int) -> None:
        super().__init__()
        self.stem, self.head = nn.Linear(COLUMNS, width), nn.Linear(width, outputs)
        self.blocks = nn.ModuleList([
            nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU(),
                          nn.Linear(width, width)) for _ in range(depth)
        ])  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        state = self.stem(x)
        for block in self.blocks:
            state = state + block(state)
        out: Tensor = self.head(state)
        return out


def share_of_rate(how: How, step: int) -> float:
    """Return the share of the full rate at a step."""
    if step < how.warmup:
        return (step + 1) / how.warmup
    at = (step - how.warmup) / max(how.steps - how.warmup, 1)
    if how.schedule == "cosine":
        return 0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * at))
    if how.schedule == "restarts":
        return 0.5 + 0.5 * math.cos(math.pi * (4 * at % 1))
    if how.schedule == "linear":
        return 1 - 0.9 * at
    if how.schedule == "exponential":
        return float(0.05**at)
    return 0.1 ** (at > 0.6) if how.schedule == "knee" else 1.0


def optimizer_of(how: How, model: nn.Module) -> torch.optim.Optimizer:
    """Return the optimizer that `how` names."""
    every = list(model.parameters())
    if how.optimizer == "sgd":
        return torch.optim.SGD(every, how.lr, weight_decay=how.decay)
    if how.optimizer == "nesterov":
        return torch.optim.SGD(every, how.lr, 0.9, weight_decay=how.decay, nesterov=True)
    if how.optimizer == "rmsprop":
        return torch.optim.RMSprop(every, how.lr, weight_decay=how.decay)
    if how.optimizer == "adamw":
        return torch.optim.AdamW(every, how.lr, weight_decay=how.decay)
    return torch.optim.Adam(every, how.lr, weight_decay=how.decay)


@torch.no_grad()
def foretold(model: nn.Module, x: Tensor) -> Tensor:
    """Return what a model says in eval mode."""
    model.eval()
    out: Tensor = model(x)
    model.train()
    return out


def explained(model: nn.Module, rows: Rows, column: int = 0) -> float:
    """Return the share of a target's variance that is explained, R²; -9 where it has no value."""
    y = rows.y[:, column]
    error = float((foretold(model, rows.x)[:, column] - y).square().mean() / y.var())
    return max(1 - error, -9.0) if math.isfinite(error) else -9.0


def train_on(
    recorder: Recorder, model: nn.Module, train: Rows, held: Rows, how: How, loss_of: Loss,
    *, steps_taken: bool = True, judge: Loss | None = None,
    first: int = 0, parts: Callable[[Tensor, Tensor], dict[str, float]] | None = None,
) -> None:  # fmt: skip
    """Train. judge: the loss held-out rows are judged by, if another. first: rows of the first 40 %
    of steps, if not all. parts: what else is logged of a batch."""
    optimizer = optimizer_of(how, model)
    recorder.watch(model, optimizer, {
        "lr": how.lr, "batch_size": how.batch, "optimizer": how.optimizer, "steps": how.steps,
        "weight_decay": how.decay, "max_norm": how.clip,
    })  # fmt: skip
    order = torch.empty(0, dtype=torch.long)
    for step in range(how.steps):
        for group in optimizer.param_groups:
            group["lr"] = how.lr * share_of_rate(how, step)
        if len(order) < 2:
            count = first if first and step < 0.4 * how.steps else len(train.x)
            order = torch.randperm(count)
        rows, order = order[: how.batch], order[how.batch :]
        out = model(train.x[rows])
        loss = loss_of(out, train.y[rows])
        optimizer.zero_grad()
        loss.backward()
        if how.clip:
            nn.utils.clip_grad_norm_(model.parameters(), how.clip)
        if steps_taken:
            optimizer.step()
        more = parts(out.detach(), train.y[rows]) if parts else {}
        recorder.step(loss.item(), samples=len(rows), **more)
        if (step + 1) % how.every == 0 or step + 1 == how.steps:
            said = foretold(model, held.x)
            error = float((said[:, : held.y.shape[1]] - held.y).abs().mean())
            recorder.evaluate(loss=float((judge or loss_of)(said, held.y)), mae=error)


def likelihood(out: Tensor, y: Tensor, top: float = 5.0) -> Tensor:
    """Return the loss of a mean and the logarithm of a variance, kept from -8 to `top`."""
    log_var = out[:, 1:].clamp(-8.0, top)
    return 0.5 * (log_var + (y - out[:, :1]).square() / log_var.exp()).mean()
