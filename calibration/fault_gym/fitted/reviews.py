"""Reviews and pictures, models trained before, and the loop that tunes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fault_gym.recorder import Recorder

Set = tuple[Tensor, Tensor]
Factor = Callable[[int], float]


@dataclass(frozen=True)
class Task:
    """A source to pretrain on, and a target: its training, validation and test sets."""

    source: Set
    train: Set
    val: Set
    test: Set
    kinds: int
    labels: int


def _drawn(labels: int, n: int, share: Sequence[float] | None = None) -> Tensor:
    odds = torch.ones(labels) if share is None else torch.tensor(share)
    return torch.multinomial(odds, n, replacement=True)


def reviews(
    labels: int = 5, n: int = 2500, kinds: int = 16, length: int = 14, spread: float = 0.4,
    share: Sequence[float] | None = None, even: bool = False,
) -> Task:  # fmt: skip
    """Texts of 150 words that have hidden meanings; a label is a direction among these."""
    words, about = torch.randn(150, 6), F.normalize(torch.randn(kinds + labels, 6), dim=1) * 1.6

    def write(y: Tensor) -> Tensor:
        odds = (about[y] + spread * torch.randn(len(y), 6)) @ words.T
        return torch.multinomial(odds.softmax(1), length, replacement=True)

    old, new = _drawn(kinds, 2000), _drawn(labels, n, share)
    held = [_drawn(labels, 500, None if even else share), _drawn(labels, 1000)]
    sets = [(write(y + kinds), y) for y in (new, *held)]
    return Task((write(old), old), sets[0], sets[1], sets[2], kinds, labels)


def pictures(labels: int = 6, n: int = 1500, kinds: int = 10, noise: float = 2.0) -> Task:
    """Blurred patterns of 10 x 10, shifted and noisy; the target's have another contrast."""
    about = F.avg_pool2d(torch.randn(kinds + labels, 1, 14, 14), 5, 1) * 5

    def draw(y: Tensor) -> Tensor:
        by = torch.randint(-1, 2, (len(y),)).tolist()
        moved = torch.stack([about[k].roll(s, 2) for k, s in zip(y.tolist(), by, strict=True)])
        return moved + noise * torch.randn_like(moved)

    old, rest = _drawn(kinds, 1500), [_drawn(labels, m) for m in (n, 400, 1000)]
    sets = [(0.6 - 0.8 * draw(y + kinds), y) for y in rest]
    return Task((draw(old), old), sets[0], sets[1], sets[2], kinds, labels)


class Block(nn.Module):
    """A layer of a transformer, its norms before or after."""

    def __init__(self, width: int, heads: int, drop: float, before: bool) -> None:
        super().__init__()
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop, self.heads, self.before = nn.Dropout(drop), heads, before

    def attend(self, x: Tensor) -> Tensor:
        split = (*x.shape[:2], self.heads, -1)
        q, k, v = (
            part(x).view(split).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        return torch.as_tensor(self.drop(self.out(mixed)))

    def forward(self, x: Tensor) -> Tensor:
        if self.before:
            x = x + self.attend(self.norm1(x))
            return torch.as_tensor(x + self.drop(self.down(F.gelu(self.up(self.norm2(x))))))
        x = self.norm1(x + self.attend(x))
        return torch.as_tensor(self.norm2(x + self.drop(self.down(F.gelu(self.up(x))))))


class Reader(nn.Module):
    """A text encoder, attention or a GRU, with a classifier."""

    def __init__(
        self, labels: int, width: int = 32, layers: int = 1, drop: float = 0.1,
        before: bool = True, recurrent: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.width = width
        self.embed = nn.Embedding(150, width)
        self.rnn = nn.GRU(width, width, batch_first=True) if recurrent else None
        made = [Block(width, 4, drop, before) for _ in range(0 if recurrent else layers)]
        self.blocks, self.drop = nn.ModuleList(made), nn.Dropout(drop)
        self.head: nn.Module = nn.Linear(width, labels)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens)
        if self.rnn is not None:
            x = self.rnn(x)[0]
        for block in self.blocks:
            x = block(x)
        return torch.as_tensor(self.head(self.drop(x.mean(1))))


class Looker(nn.Module):
    """A small convolutional net with batch or group norm."""

    def __init__(self, labels: int, width: int = 16, drop: float = 0.0, batch: bool = True) -> None:
        super().__init__()
        self.width, layers = 2 * width, []
        for i, o in ((1, width), (width, 2 * width)):
            norm = nn.BatchNorm2d(o) if batch else nn.GroupNorm(4, o)
            layers += [nn.Conv2d(i, o, 3, padding=1), norm, nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten())
        self.mix = nn.Sequential(nn.Linear(8 * width, self.width), nn.ReLU(), nn.Dropout(drop))
        self.head: nn.Module = nn.Linear(self.width, labels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.head(self.mix(self.body(x))))


class Lora(nn.Module):
    """A frozen linear layer plus one of low rank that starts at zero."""

    def __init__(self, base: nn.Linear, rank: int = 4) -> None:
        super().__init__()
        self.base = base.requires_grad_(False)
        self.lora_a = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.lora_b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.base(x) + 2 * F.linear(F.linear(x, self.lora_a), self.lora_b))


def inject(model: Any, at: Sequence[str] = ("query", "value"), rank: int = 4) -> Any:
    """Freeze all but the head, and put adapters around the layers named."""
    model.requires_grad_(False)
    for block in model.blocks:
        for name in at:
            setattr(block, name, Lora(getattr(block, name), rank))
    model.head.requires_grad_(True)
    return model


def live(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that are to be trained."""
    return [p for p in model.parameters() if p.requires_grad]


def batches(data: Set, size: int) -> Iterator[Set]:
    """Epochs, shuffled."""
    while True:
        for rows in torch.randperm(len(data[1])).split(size):
            if len(rows) == min(size, len(data[1])):
                yield data[0][rows], data[1][rows]


def pretrain(model: Any, task: Task, steps: int = 120, labels: int | None = None) -> Any:
    """Train on the source; then put a new head on, unless labels is 0."""
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    feed = batches(task.source, 64)
    for _ in range(steps):
        x, y = next(feed)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    if labels != 0:
        model.head = nn.Linear(model.width, labels or task.labels)
    return model


def measure(model: nn.Module, data: Set) -> tuple[float, float]:
    """Return loss and accuracy as the model is."""
    with torch.no_grad():
        out = model(data[0])
        right = (out.argmax(1) == data[1]).float().mean()
        return float(F.cross_entropy(out, data[1])), float(right)


def tested(model: nn.Module, data: Set) -> float:
    """Return the accuracy in eval mode."""
    model.eval()
    return measure(model, data)[1]


def ramp(total: int, warm: int = 0, shape: str = "cosine", floor: float = 0.0) -> Factor:
    """Warm-up, then cosine, linear, steps of a third or constant."""

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        done = min(1.0, (step - warm) / max(1, total - warm))
        falls = {
            "cosine": 0.5 + 0.5 * math.cos(math.pi * done), "linear": 1 - done,
            "steps": 0.3 ** int(3 * done), "constant": 1.0,
            "restarts": 0.5 + 0.5 * math.cos(math.pi * (3 * done % 1)),
        }  # fmt: skip
        return max(floor, falls[shape])

    return factor


@dataclass
class Loop:
    """How to tune. The fields from `parts` on are what a loop can get wrong."""

    steps: int = 300
    batch: int = 32
    every: int = 20
    factor: Factor | None = None
    clip: float | None = None
    smoothing: float = 0.0
    start: int = 0
    log: tuple[str, ...] = ()
    replay: Set | None = None
    parts: int = 1
    divide: bool = True
    clear: bool = True
    back: bool = True
    settle: bool = True
    stepped: tuple[bool, ...] = (True, True)
    logged: tuple[float, float] = (0.0, 0.0)
    ended: bool = True  # in training mode


def tune(
    recorder: Recorder, model: nn.Module, optimizers: Any, task: Task, loop: Loop, **config: Any
) -> float:
    """Tune and record; return accuracy on the test set."""
    many = optimizers if isinstance(optimizers, list) else [optimizers]
    first = many[0]
    recorder.watch(model, optimizers, {
        "lr": first.param_groups[0]["lr"], "batch_size": loop.batch, "steps": loop.steps,
        "optimizer": type(first).__name__, **config,
    })  # fmt: skip
    offset = loop.start
    by = loop.factor or (lambda step: 1.0)
    plans = [torch.optim.lr_scheduler.LambdaLR(o, lambda s: by(s + offset)) for o in many]
    feed = batches(task.train, loop.batch // loop.parts)
    old = batches(loop.replay, loop.batch // 2) if loop.replay else None
    model.train()
    for step in range(loop.start + 1, loop.steps + 1):
        if loop.clear:
            for optimizer in many:
                optimizer.zero_grad()
        total, right, seen = 0.0, 0.0, 0
        for _ in range(loop.parts):
            x, y = next(feed)
            if old is not None:
                more = next(old)
                x, y = torch.cat((x, more[0])), torch.cat((y, more[1]))
            out = model(x)
            loss = F.cross_entropy(out, y, label_smoothing=loop.smoothing)
            (loss / loop.parts if loop.divide else loss).backward()
            total += loss.item() / loop.parts
            right += float((out.argmax(1) == y).sum())
            seen += len(y)
        if loop.clip:
            nn.utils.clip_grad_norm_(model.parameters(), loop.clip)
        for optimizer, plan, do in zip(many, plans, loop.stepped, strict=False):
            if do:
                optimizer.step()
            plan.step()
        recorder.step(total, accuracy=right / seen, samples=seen)
        if step % loop.every == 0 or step == loop.steps:
            if loop.settle:
                model.eval()
            loop.logged = measure(model, task.val)
            of_old = (
                measure(model, (task.source[0][:400], task.source[1][:400])) if loop.log else ()
            )
            also = dict(zip(loop.log, of_old, strict=False))
            recorder.evaluate(loss=loop.logged[0], accuracy=loop.logged[1], **also)
            if loop.back:
                model.train()
    loop.ended = model.training
    return tested(model, task.test)
