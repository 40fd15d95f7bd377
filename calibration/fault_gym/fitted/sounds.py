"""Takes of sounds, what hears them and the loop that trains it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fault_gym.recorder import Recorder

Lossy = tuple[Tensor, float | None, dict[str, float]]
Objective = Callable[[nn.Module, "Takes"], Lossy]


@dataclass
class Takes:
    """Recordings of 12 bands by 10 frames, who is heard, and how high and how loud."""

    x: Tensor
    who: Tensor
    pitch: Tensor
    level: Tensor

    def rows(self, at: Tensor) -> Takes:
        return Takes(self.x[at], self.who[at], self.pitch[at], self.level[at])


class Studio:
    """Speakers with an envelope and a rhythm each; takes of them are noisy."""

    def __init__(self, speakers: int = 12, noise: float = 0.9) -> None:
        self.speakers, self.noise = speakers, noise
        self.bands, self.beat = torch.randn(speakers, 12), 0.5 + 2 * torch.rand(speakers)

    def record(self, n: int, who: Tensor | None = None) -> Takes:
        who = torch.randint(0, self.speakers, (n,)) if who is None else who
        time = torch.arange(10) + 10 * torch.rand(n, 1)
        swing = 1 + 0.7 * torch.sin(time * self.beat[who][:, None])
        pitch, level = torch.randn(n), -20 + 6 * torch.randn(n)
        tilt = pitch[:, None] * torch.linspace(-1, 1, 12) + (level[:, None] + 20) / 12
        x = self.bands[who][:, :, None] * swing[:, None] + tilt[:, :, None]
        return Takes(x + self.noise * torch.randn_like(x), who, pitch, level)

    def twins(self, n: int) -> Takes:
        """2 n takes: the first n and the last n show the same speakers."""
        who = torch.randint(0, self.speakers, (n,))
        return self.record(2 * n, torch.cat((who, who)))


class Ear(nn.Module):
    """Convolutions over time, pooled, then one or several heads."""

    def __init__(
        self, width: int = 24, norm: bool = False, drop: float = 0.0, layers: int = 2, **heads: int
    ) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        for i in range(layers):
            parts.append(nn.Conv1d(width if i else 12, width, 3, padding=1))
            parts += [nn.BatchNorm1d(width)] if norm else []
            parts.append(nn.ReLU())
        self.body = nn.Sequential(*parts)
        self.drop = nn.Dropout(drop)
        self.heads = nn.ModuleDict({k: nn.Linear(width, n) for k, n in heads.items()})

    def listen(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.drop(self.body(x).mean(2)))

    def forward(self, x: Tensor) -> Any:
        heard = self.listen(x)
        out = {name: head(heard) for name, head in self.heads.items()}
        return out if len(out) > 1 else next(iter(out.values()))


@dataclass
class Loop:
    """How to train. The fields from `clear` on are what a loop can get wrong."""

    steps: int = 300
    batch: int = 32
    every: int = 20
    factor: Callable[[int], float] = lambda step: 1.0
    clip: float | None = None
    draw: Callable[[int], Takes] | None = None
    start: int = 0
    clear: bool = True
    settle: bool = True
    parts: int = 1
    divide: bool = True
    logged: list[dict[str, float]] = field(default_factory=list)


def train(
    recorder: Recorder, model: nn.Module, optimizer: Any, objective: Objective,
    takes: Takes, val: Takes, loop: Loop, **config: Any,
) -> None:  # fmt: skip
    """Train and record; evaluations are kept in loop.logged."""
    group = optimizer.param_groups[0]
    recorder.watch(model, optimizer, {
        "optimizer": type(optimizer).__name__, "lr": group["lr"], "batch_size": loop.batch,
        "weight_decay": group["weight_decay"], "max_steps": loop.steps, **config,
    })  # fmt: skip
    offset, rows = loop.start, torch.empty(0, dtype=torch.long)
    plan = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: loop.factor(s + offset))
    model.train()
    for step in range(loop.start + 1, loop.steps + 1):
        if loop.clear:
            optimizer.zero_grad()
        sums: dict[str, float] = {"loss": 0.0}
        for _ in range(loop.parts):
            size = loop.batch // loop.parts
            if loop.draw is None:
                if len(rows) < size:
                    rows = torch.randperm(len(takes.who))
                part, rows = takes.rows(rows[:size]), rows[size:]
            else:
                part = loop.draw(size)
            loss, right, more = objective(model, part)
            (loss / loop.parts if loop.divide else loss).backward()
            now = {"loss": loss.item(), **more, **({} if right is None else {"accuracy": right})}
            for name, value in now.items():
                sums[name] = sums.get(name, 0.0) + value / loop.parts
        if loop.clip:
            nn.utils.clip_grad_norm_(model.parameters(), loop.clip)
        optimizer.step()
        plan.step()
        recorder.step(samples=loop.batch, **sums)
        if step % loop.every == 0 or step == loop.steps:
            model.train(not loop.settle)
            with torch.no_grad():
                loss, right, more = objective(model, val)
            made = {"loss": float(loss), **more, **({} if right is None else {"accuracy": right})}
            recorder.evaluate(**made)
            loop.logged.append(made)
            model.train()


def cosine(total: int, warm: int = 0, cycles: int = 1) -> Callable[[int], float]:
    """Warm-up, then so many halves of a cosine."""

    def factor(step: int) -> float:
        done = min(1.0, max(0, step - warm) / max(1, total - warm))
        turn = cycles * done % 1 if done < 1 else 1.0
        return min(1.0, (step + 1) / max(1, warm)) * (0.5 + 0.5 * math.cos(math.pi * turn))

    return factor


def naming(smoothing: float = 0.0) -> Objective:
    """Return the objective of telling who is heard."""

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        out = model(takes.x)
        loss = F.cross_entropy(out, takes.who, label_smoothing=smoothing)
        return loss, accuracy(out, takes.who), {}

    return objective


def accuracy(out: Tensor, y: Tensor) -> float:
    return float((out.argmax(1) == y).float().mean())


def named(model: nn.Module, test: Takes) -> float:
    """Return the share of takes whose speaker is named."""
    model.eval()
    with torch.no_grad():
        return accuracy(model(test.x), test.who)


def contrast(temperature: float = 0.2) -> Objective:
    """Return InfoNCE on twins: each take is to find its twin in the batch."""

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        n = len(takes.who) // 2
        out = F.normalize(model(takes.x), dim=1)
        near = out[:n] @ out[n:].T / temperature
        return F.cross_entropy(near, torch.arange(n)), accuracy(near, torch.arange(n)), {}

    return objective


def found(model: nn.Module, studio: Studio) -> float:
    """Return how often a take's nearest among 200 is of the same speaker."""
    model.eval()
    with torch.no_grad():
        one, other = studio.record(300), studio.record(200)
        out = [F.normalize(model(takes.x), dim=1) for takes in (one, other)]
        nearest = (out[0] @ out[1].T).argmax(1)
        return float((one.who == other.who[nearest]).float().mean())


def triplets(recorder: Recorder, rate: float, steps: int, margin: float) -> float:
    """Train on anchors, others of the same speaker and of another, and return the retrieval."""
    studio, model = Studio(16, 1.6), Ear(24, layers=3, embed=16)

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        n = len(takes.who) // 2
        out = F.normalize(model(takes.x), dim=1)
        apart = torch.cdist(out[:n], out[n:])
        other = takes.who[:n, None] != takes.who[None, n:]
        hardest = apart.masked_fill(~other, 9.0).min(1).values
        near = apart.diagonal()
        return F.relu(near - hardest + margin).mean(), float((near < hardest).float().mean()), {}

    optimizer = torch.optim.Adam(model.parameters(), rate)
    loop = Loop(steps, 16, 20, draw=studio.twins)
    train(recorder, model, optimizer, objective, studio.twins(1), studio.twins(16), loop)
    return found(model, studio)


def distil(
    recorder: Recorder, rate: float, heat: float, loop: Loop,
    student: Callable[[Tensor], Tensor] = lambda out: out, reduction: str = "batchmean",
    logs: bool = True,
) -> tuple[float, float]:  # fmt: skip
    """Distil a teacher trained beforehand; return test accuracy and the last loss logged."""
    studio = Studio(12, 1.6)
    takes, val, test = studio.record(1500), studio.record(300), studio.record(1000)
    teacher, model = Ear(48, who=12), Ear(12, who=12)
    optimizer: torch.optim.Optimizer = torch.optim.Adam(teacher.parameters(), 5e-3)
    for _ in range(150):
        optimizer.zero_grad()
        naming()(teacher, studio.record(64))[0].backward()
        optimizer.step()

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        out = student(model(takes.x))
        with torch.no_grad():
            soft = (teacher(takes.x) / heat).softmax(1)
        if logs:
            loss = F.kl_div((out / heat).log_softmax(1), soft, reduction=reduction)
        else:
            loss = (soft * (soft.log() - (out / heat).softmax(1).log())).sum(1).mean()
        mix = 0.7 * heat**2 * loss + 0.3 * F.cross_entropy(out, takes.who)
        return mix, accuracy(out, takes.who), {}

    optimizer = torch.optim.Adam(model.parameters(), rate)
    train(recorder, model, optimizer, objective, takes, val, loop, heat=heat, alpha=0.7)
    return named(model, test), loop.logged[-1]["loss"]


def tasks(weights: Callable[[int], float], scale: float, cap: Any, flat: bool = True) -> Objective:
    """Return the sum of naming, pitch and level. cap: what the level passes through."""
    calls = [0]

    def objective(model: nn.Module, takes: Takes) -> Lossy:
        out = model(takes.x)
        calls[0] += model.training
        pitch = out["pitch"].squeeze(1) if flat else out["pitch"]
        level = cap(out["level"].squeeze(1))
        who = F.cross_entropy(out["who"], takes.who)
        high = F.mse_loss(pitch * scale, takes.pitch * scale)
        loud = F.mse_loss(level, takes.level / 6)
        loss = who + weights(calls[0]) * high + 0.3 * loud
        more = {"who_loss": who.item(), "pitch_loss": high.item(), "level_loss": loud.item()}
        return loss, accuracy(out["who"], takes.who), more

    return objective


def several(
    recorder: Recorder, objective: Objective, optimizer: Any, loop: Loop, norm: bool = False
) -> tuple[float, float, float]:
    """Train on three tasks; return accuracy, and the explained shares of pitch and level."""
    studio = Studio(10, 1.6)
    model = Ear(32, norm, who=10, pitch=1, level=1)
    made = optimizer(model.parameters())
    train(recorder, model, made, objective, studio.record(2000), studio.record(300), loop)
    test = studio.record(1000)
    model.eval()
    with torch.no_grad():
        out = model(test.x)
        pitch = 1 - (out["pitch"][:, 0] - test.pitch).square().mean()
        level = torch.corrcoef(torch.stack((out["level"][:, 0], test.level)))[0, 1]
    return accuracy(out["who"], test.who), float(pitch), float(level)
