"""Counts of traffic, networks that foretell them and the loop that trains these."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.recorder import Recorder

Loss = Callable[[Tensor, Tensor], Tensor]
Kind = Callable[..., nn.RNNBase]


class Roads(NamedTuple):
    """Windows (n, past, 3) of value, sine and cosine of the hour, and what follows (n, ahead)."""

    x: Tensor
    y: Tensor
    val_x: Tensor
    val_y: Tensor


def counts(days: int, sensors: int, noise: float = 0.12) -> Tensor:
    """Return vehicles per hour, (sensors, hours)."""
    hour = torch.arange(days * 24)
    rush = torch.exp(-(((hour % 24) - 8) ** 2) / 6.0) + torch.exp(-(((hour % 24) - 17) ** 2) / 8.0)
    week = torch.where((hour // 24) % 7 < 5, 1.0, 0.6)
    level = 300 + 700 * torch.rand(sensors, 1)
    drift, state = torch.empty(sensors, days * 24), torch.zeros(sensors)
    for t in range(days * 24):
        state = 0.9 * state + noise * torch.randn(sensors)
        drift[:, t] = state
    return level * (0.15 + rush * week) * torch.exp(drift)


def windows(
    values: Tensor, past: int, ahead: int, inputs: Tensor | None = None, later: float = 0.25
) -> Roads:
    """Cut each sensor's hours into windows, the last share of days held out."""
    source = values if inputs is None else inputs
    hour = torch.arange(values.shape[1]) * (2 * math.pi / 24)
    clock = torch.stack([hour.sin(), hour.cos()], -1).expand(len(values), -1, -1)
    channels = torch.cat([source[..., None], clock], -1)
    x = channels.unfold(1, past, 1)[:, :-ahead].transpose(2, 3)
    y = values[:, past:].unfold(1, ahead, 1)
    cut = int(x.shape[1] * (1 - later))
    return Roads(
        x[:, : cut - past].flatten(0, 1), y[:, : cut - past].flatten(0, 1),
        x[:, cut:].flatten(0, 1)[:512], y[:, cut:].flatten(0, 1)[:512],
    )  # fmt: skip


def standard(values: Tensor) -> Tensor:
    """Scale each sensor by the mean and deviation of its first days."""
    first = values[:, : values.shape[1] * 3 // 4]
    return (values - first.mean(1, keepdim=True)) / first.std(1, keepdim=True)


def roads(
    past: int = 24, ahead: int = 1, days: int = 60, sensors: int = 4, noise: float = 0.12
) -> Roads:
    """Return standardised windows."""
    return windows(standard(counts(days, sensors, noise)), past, ahead)


class Forecaster(nn.Module):
    """A recurrent net over the window and a linear head on its last state."""

    def __init__(
        self, kind: Kind, hidden: int, ahead: int = 1, layers: int = 1,
        dropout: float = 0.0, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__()
        self.rnn = kind(3, hidden, layers, batch_first=True, **more)
        self.drop, self.head = nn.Dropout(dropout), nn.Linear(hidden, ahead)
        self.cut = False

    def forward(self, x: Tensor) -> Tensor:
        last = self.rnn(x)[0][:, -1]
        ahead: Tensor = self.head(self.drop(last.detach() if self.cut else last))
        return ahead


class Tcn(nn.Module):
    """Dilated causal convolutions."""

    def __init__(
        self, width: int, depth: int, ahead: int = 1, residual: bool = True,
        activation: Callable[[Tensor], Tensor] = torch.relu,
    ) -> None:  # fmt: skip
        super().__init__()
        self.enter = nn.Conv1d(3, width, 1)
        self.convs = nn.ModuleList(
            nn.Conv1d(width, width, 2, dilation=2 ** (i % 4)) for i in range(depth)
        )
        self.head = nn.Linear(width, ahead)
        self.residual, self.activation = residual, activation

    def forward(self, x: Tensor) -> Tensor:
        h = self.enter(x.transpose(1, 2))
        for i, conv in enumerate(self.convs):
            out = self.activation(conv(F.pad(h, (2 ** (i % 4), 0))))
            h = h + out if self.residual else out
        ahead: Tensor = self.head(h[..., -1])
        return ahead


def shuffled(n: int, batch: int) -> Iterator[Tensor]:
    """Yield indices, every window once an epoch."""
    while True:
        order = torch.randperm(n)
        for start in range(0, n - batch + 1, batch):
            yield order[start : start + batch]


def in_order(n: int, batch: int) -> Iterator[Tensor]:
    """Yield indices as they lie."""
    while True:
        for start in range(0, n - batch + 1, batch):
            yield torch.arange(start, start + batch)


SHAPES: dict[str, Callable[[float], float]] = {
    "constant": lambda p: 1.0,
    "steps": lambda p: 1.0 if p < 0.5 else 0.3 if p < 0.75 else 0.1,
    "cosine": lambda p: 0.5 + 0.5 * math.cos(math.pi * p),
    "warmup-cosine": lambda p: min(p / 0.08 + 0.01, 0.5 + 0.5 * math.cos(math.pi * p)),
    "linear": lambda p: 1.0 - 0.95 * p,
    "restarts": lambda p: 0.5 + 0.5 * math.cos(math.pi * (3 * p % 1)),
    "one-cycle": lambda p: p / 0.3 + 0.04 if p < 0.3 else max((1 - p) / 0.7, 0.01),
}


def explained(model: nn.Module, data: Roads) -> float:
    """Return R2 on the later days; -1 where it is worse or undefined."""
    model.eval()
    with torch.no_grad():
        wrong = F.mse_loss(model(data.val_x)[:, : data.val_y.shape[1]], data.val_y)
    model.train()
    r2 = float(1 - wrong / data.val_y.var())
    return max(r2, -1.0) if math.isfinite(r2) else -1.0


def fit(
    recorder: Recorder, model: nn.Module, data: Roads, optimizer: torch.optim.Optimizer, *,
    steps: int = 400, batch: int = 32, every: int = 25, schedule: str | Any = "constant",
    clip: float | None = None, loss_of: Loss = F.mse_loss, config: dict[str, Any] | None = None,
    draw: Iterator[Tensor] | None = None, parts: int = 1, divisor: int | None = None,
    zero: bool = True, logged: bool = False, done: int = 0,
) -> float:  # fmt: skip
    """Train and return R2. parts: micro-batches a step; done: steps taken before a resume."""
    name = type(optimizer).__name__.lower()
    told = {"lr": optimizer.param_groups[0]["lr"], "batch_size": batch * parts, "optimizer": name}
    recorder.watch(model, optimizer, {**told, "steps": steps, **(config or {})})
    if isinstance(schedule, str):
        shape, total = SHAPES[schedule], steps
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: shape(s / total))
    draw = draw or shuffled(len(data.x), batch)
    model.train()
    for step in range(done + 1, steps + 1):
        if zero:
            optimizer.zero_grad()
        total_loss, mae = 0.0, 0.0
        for _ in range(parts):
            of = next(draw)
            guess = model(data.x[of])
            loss = loss_of(guess, data.y[of])
            (loss / (divisor or parts)).backward()
            total_loss += float(loss.detach()) / parts
            if logged:
                mae += float((guess.detach() - data.y[of]).abs().mean()) / parts
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        more = {"mae": mae} if logged else {}
        recorder.step(total_loss, samples=batch * parts, **more)
        if not isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
            schedule.step()
        if step % every == 0 or step == steps:
            model.eval()
            with torch.no_grad():
                guess = model(data.val_x)
                loss = loss_of(guess, data.val_y)
                mae = float((guess - data.val_y).abs().mean()) if logged else 0.0
            model.train()
            recorder.evaluate(loss=float(loss), **({"mae": mae} if logged else {}))
            if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
                schedule.step(float(loss))
    return explained(model, data)


def adam(model: nn.Module, lr: float = 3e-3, **more: Any) -> torch.optim.Optimizer:
    """Return Adam."""
    return torch.optim.Adam(model.parameters(), lr, **more)


def sgd(model: nn.Module, lr: float, momentum: float = 0.9, **more: Any) -> torch.optim.Optimizer:
    """Return SGD with momentum."""
    return torch.optim.SGD(model.parameters(), lr, momentum, **more)


# ---- with a fault
