"""Parcels to sort and weigh, small models of them, and one loop that trains these."""

from __future__ import annotations

import copy
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.recorder import Recorder

Batch = tuple[Tensor, Tensor]
Stream = Callable[[int], Iterator[Batch]]  # from the step to begin at, its batches


@dataclass
class Task:
    """A model and its data. sorts: whether it tells classes, or a number."""

    model: nn.Module
    train: Batch
    held: Batch
    sorts: bool = True
    smoothing: float = 0.0

    def loss(self, out: Tensor, y: Tensor) -> Tensor:
        if self.sorts:
            return F.cross_entropy(out, y, label_smoothing=self.smoothing)
        return F.mse_loss(out, y)

    def quality(self, out: Tensor, y: Tensor) -> float:
        """Accuracy, or the share of variance explained."""
        if self.sorts:
            return float((out.argmax(1) == y).float().mean())
        return 1 - float((out - y).square().mean() / y.var())


class Plan(NamedTuple):
    """How a run is trained. every: steps from one evaluation to the next."""

    optimizer: str
    lr: float
    steps: int
    batch: int
    every: int
    schedule: str = "constant"
    decay: float = 0.0
    clip: float = 0.0
    told: str = "steps"


@dataclass
class Trace:
    """What a run left behind."""

    losses: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    model: Any = None
    rate: float = 0.0

    @property
    def waited(self) -> float:
        return sum(self.waits) / sum(self.seconds)

    @property
    def slowed(self) -> float:
        third = len(self.seconds) // 3
        return statistics.median(self.seconds[-third:]) / statistics.median(self.seconds[:third])


def rows(num: int, width: int, classes: int, noise: float = 1.3) -> tuple[Batch, Batch]:
    """Return rows of a table, three clumps a class, to train on and held out."""
    centres = torch.randn(classes * 3, width)
    clump = torch.randint(classes * 3, (num + 800,))
    x, y = centres[clump] + noise * torch.randn(num + 800, width), clump % classes
    return (x[:num], y[:num]), (x[num:], y[num:])


def pictures(num: int, size: int, classes: int, noise: float = 0.8) -> tuple[Batch, Batch]:
    """Return pictures of a template for each class, shifted, under noise."""
    kinds = F.interpolate(torch.randn(classes, 1, 4, 4), size=size, mode="bilinear")
    y = torch.randint(classes, (num + 500,))
    x = torch.stack([kinds[k].roll(int(torch.randint(-1, 2, ())), 2) for k in y.tolist()])
    x = 1.5 * x + noise * torch.randn(x.shape)
    return (x[:num], y[:num]), (x[num:], y[num:])


def words(num: int, length: int, vocabulary: int, classes: int) -> tuple[Batch, Batch]:
    """Return labels of words, of which each class prefers some."""
    prefers = torch.softmax(1.3 * torch.randn(classes, vocabulary), 1)
    y = torch.randint(classes, (num + 600,))
    x = torch.multinomial(prefers[y], length, replacement=True)
    return (x[:num], y[:num]), (x[num:], y[num:])


def weights(num: int, width: int, unit: float = 1.0, noise: float = 0.1) -> tuple[Batch, Batch]:
    """Return rows and the number to tell of each, in its unit."""
    x = torch.randn(num + 600, width)
    first, second = torch.randn(width, 1) / width**0.5, torch.randn(width, 1) / width**0.5
    y = torch.sin(1.5 * x @ first) + (x @ second).abs() + noise * torch.randn(num + 600, 1)
    y = unit * (y - y.mean())
    return (x[:num], y[:num]), (x[num:], y[num:])


def mlp(*sizes: int, act: type[nn.Module] = nn.ReLU, norm: bool = False, drop: float = 0.0) -> Any:
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes[:-1]):
        layers += [nn.Linear(before, after), *([nn.LayerNorm(after)] if norm else []), act()]
        layers += [nn.Dropout(drop)] if drop else []
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


def conv(classes: int, width: int = 12, norm: bool = True) -> nn.Module:
    first = [nn.Conv2d(1, width, 3, padding=1), *([nn.BatchNorm2d(width)] if norm else [])]
    last = [nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2)]
    return nn.Sequential(*first, nn.ReLU(), *last, nn.Flatten(), nn.Linear(8 * width, classes))


class Reader(nn.Module):
    """Reads words one after another."""

    def __init__(self, vocabulary: int, classes: int, width: int = 24) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, width)
        self.cell = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.cell(self.embed(x))[0].mean(1))  # type: ignore[no-any-return]


class Moments(nn.Module):
    """Pools the squares of features over columns; `dtype` is that of the squares."""

    def __init__(self, width: int, classes: int, dtype: torch.dtype) -> None:
        super().__init__()
        self.features, self.dtype = nn.Linear(width, 48), dtype
        self.mix, self.head = nn.Linear(48, 32), nn.Linear(32, classes)

    def forward(self, x: Tensor) -> Tensor:
        squares = self.features(x).to(self.dtype).square()
        pooled = (squares - squares.mean(1, keepdim=True)).float() / 6000
        return self.head(torch.tanh(self.mix(pooled)))  # type: ignore[no-any-return]


def shuffled(task: Task, batch: int, augment: Callable[[Tensor], Tensor] | None = None) -> Stream:
    """Return a stream over epochs, the order of each its own and the same at each start."""
    x, y = task.train
    base, num = int(torch.randint(1 << 30, ())), len(x) // batch

    def stream(begin: int) -> Iterator[Batch]:
        step = begin
        while True:
            order = torch.randperm(
                len(x), generator=torch.Generator().manual_seed(base + step // num)
            )
            for chosen in order.split(batch)[step % num : num]:
                yield augment(x[chosen]) if augment else x[chosen], y[chosen]
                step += 1

    return stream


def make_optimizer(plan: Plan, model: nn.Module) -> torch.optim.Optimizer:
    ways: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop, "nag": torch.optim.SGD, "momentum": torch.optim.SGD,
    }  # fmt: skip
    more: dict[str, Any] = {"momentum": 0.9} if plan.optimizer in ("momentum", "nag") else {}
    more |= {"nesterov": True} if plan.optimizer == "nag" else {}
    return ways[plan.optimizer](model.parameters(), plan.lr, weight_decay=plan.decay, **more)


def rate(plan: Plan, step: int) -> float:
    """Return the share of the rate at a step."""
    done = step / plan.steps
    if plan.schedule == "step":
        return float(0.2 ** (int(done > 0.5) + int(done > 0.8)))
    if plan.schedule == "linear":
        return 1 - 0.98 * done
    if plan.schedule == "cosine":
        return 0.51 + 0.49 * math.cos(math.pi * done)
    if plan.schedule == "warmup":
        return min(1.0, 12 * done) * (0.51 + 0.49 * math.cos(math.pi * done))
    return 1.0


class Scaler:
    """Scales a loss for half-precision gradients, and halves the scale where they overflow."""

    def __init__(self, scale: float, patience: int = 60, floor: float = 2.0**-40) -> None:
        self.scale, self.patience, self.floor, self.good = scale, patience, floor, 0

    def step(self, optimizer: torch.optim.Optimizer, parameters: Sequence[Tensor]) -> None:
        grads = [p.grad for p in parameters if p.grad is not None]
        if all(bool(grad.half().isfinite().all()) for grad in grads):
            for grad in grads:
                grad.copy_(grad.half().float() / self.scale)
            optimizer.step()
            self.good += 1
            if self.good % self.patience == 0:
                self.scale *= 2
        else:
            self.scale, self.good = max(self.scale / 2, self.floor), 0


def held_out(task: Task, model: nn.Module) -> tuple[float, float]:
    model.eval()
    with torch.no_grad():
        out = model(task.held[0])
    model.train()
    return float(task.loss(out, task.held[1])), task.quality(out, task.held[1])


def fit(
    recorder: Recorder,
    task: Task,
    plan: Plan,
    stream: Stream | None = None,
    *,
    objective: Callable[[Tensor, Tensor], Tensor] | None = None,
    hook: Callable[[int, Tensor, Tensor], dict[str, float] | None] | None = None,
    shown: Callable[[float], float] = float,
    scaler: Scaler | None = None,
    stops: Sequence[int] = (),
    lost: str = "",
) -> Trace:
    """Train, and return what was left. hook: runs between forward and backward, may log more.

    shown: what the logger makes of a loss. stops: steps before which the job was ended and begun
    again from its checkpoint, which lacks `lost`.
    """
    model, trace = task.model, Trace()
    blank = copy.deepcopy(model)
    optimizer = make_optimizer(plan, model)
    stream = stream or shuffled(task, plan.batch)
    lasts = {"epochs": max(1, plan.steps * plan.batch // len(task.train[0])), "steps": plan.steps}
    config = {"optimizer": plan.optimizer, "lr": plan.lr, "batch_size": plan.batch}
    config |= {plan.told: lasts[plan.told], "weight_decay": plan.decay, "schedule": plan.schedule}
    recorder.watch(model, optimizer, config)
    batches, scheduled = stream(0), 0
    for step in range(plan.steps):
        start = time.perf_counter()
        if step in stops:
            saved, model = model.state_dict(), copy.deepcopy(blank)
            model.load_state_dict(saved)
            kept, optimizer = optimizer.state_dict(), make_optimizer(plan, model)
            if lost != "optimizer":
                optimizer.load_state_dict(kept)
            batches = stream(0 if lost == "sampler" else step)
            scheduled = 0 if lost == "schedule" else scheduled
            recorder.watch(model, optimizer, config)
        for group in optimizer.param_groups:
            trace.rate = group["lr"] = plan.lr * rate(plan, scheduled)
        x, y = next(batches)
        trace.waits.append(time.perf_counter() - start)
        optimizer.zero_grad()
        out = model(x)
        loss = (objective or task.loss)(out, y)
        more = (hook(step, loss, out) if hook else None) or {}
        (loss * scaler.scale if scaler else loss).backward()
        if plan.clip:
            nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
        if scaler:
            scaler.step(optimizer, list(model.parameters()))
            more["loss_scale"] = scaler.scale
        else:
            optimizer.step()
        scheduled += 1
        accuracy = task.quality(out, y) if task.sorts else None
        trace.losses.append(loss.item())
        recorder.step(shown(loss.item()), accuracy=accuracy, samples=len(x), **more)
        trace.seconds.append(time.perf_counter() - start)
        if (step + 1) % plan.every == 0:
            value, quality = held_out(task, model)
            quality_too = {"accuracy": quality} if task.sorts else {}
            recorder.evaluate(loss=value, **quality_too)
    trace.model = model
    return trace


def quality(task: Task, trace: Trace) -> float:
    value = held_out(task, trace.model)[1]
    return value if math.isfinite(value) else -1.0
