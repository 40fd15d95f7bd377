"""The update path, schedules and optimisation, on mixers, conv nets, transformers and an MLP.

Dials to read from pictures, tokens of a protocol, readings of a series and bits of a register, all
trained by one loop from a recipe; a scenario changes a few fields of a recipe or of a model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.recorder import Recorder
from fault_gym.scenario import HEALTHY, Scenario

ACTS = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
Make = Callable[..., "Task"]


class Recipe(NamedTuple):
    """How to train. every: steps between evaluations. horizon, unit: steps that a schedule counts.

    accumulate: micro-batches a step. clear, moves: every how many steps gradients are cleared and
    the optimizer steps. left_out, fixed: beginnings of names of parameters.
    """

    optimizer: str
    lr: float
    steps: int
    batch: int
    every: int
    schedule: str = "constant"
    warm: int = 0
    horizon: int = 0
    gamma: float = 0.2
    unit: int = 40
    decay: float = 0.0
    clip: float = 0.0
    eps: float = 1e-8
    smoothing: float = 0.0
    accumulate: int = 1
    divided: bool = True
    clear: int = 1
    moves: int = 1
    left_out: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    epochs: int = 0


@dataclass
class Task:
    """A model, its data, and whether it tells classes or a number."""

    model: nn.Module
    train: tuple[Tensor, Tensor]
    held: tuple[Tensor, Tensor]
    sorts: bool = True

    def loss(self, out: Tensor, y: Tensor, smoothing: float = 0.0) -> Tensor:
        if self.sorts:
            return F.cross_entropy(out, y, label_smoothing=smoothing)
        return F.mse_loss(out, y)

    def quality(self, out: Tensor, y: Tensor) -> float:
        """Accuracy, or the share of variance explained."""
        if self.sorts:
            return float((out.argmax(1) == y).float().mean())
        return 1 - float((out - y).square().mean() / y.var())


class Net(nn.Module):
    """A stem, a body, and a head. cut: the body's output is passed on as plain numbers."""

    def __init__(self, stem: nn.Module, body: nn.Module, head: nn.Module, cut: str = "") -> None:
        super().__init__()
        self.stem, self.body, self.head, self.cut = stem, body, head, cut

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = self.body(x.detach() if self.cut == "stem" else x)
        return self.head(x.detach() if self.cut == "body" else x)  # type: ignore[no-any-return]


class Mixing(nn.Module):
    """A block of an MLP-mixer."""

    def __init__(self, places: int, width: int, drop: float) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.along = nn.Sequential(
            nn.Linear(places, 2 * places), nn.GELU(), nn.Linear(2 * places, places)
        )
        self.across = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.drop(self.along(self.first(x).transpose(1, 2)).transpose(1, 2))
        return x + self.drop(self.across(self.second(x)))  # type: ignore[no-any-return]


class Pool(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


class Patches(nn.Module):
    """Cuts pictures in squares of 4 by 4."""

    def forward(self, x: Tensor) -> Tensor:
        return F.unfold(x, 4, stride=4).transpose(1, 2)


class Places(nn.Module):
    """Embeds tokens, or projects readings, and adds where they stand."""

    def __init__(self, vocabulary: int, length: int, width: int) -> None:
        super().__init__()
        self.what = nn.Embedding(vocabulary, width) if vocabulary else nn.Linear(1, width)
        self.where = nn.Parameter(0.1 * torch.randn(length, width))

    def forward(self, x: Tensor) -> Tensor:
        return self.what(x) + self.where  # type: ignore[no-any-return]


def pictures(num: int, size: int, classes: int, noise: float) -> tuple[Any, Any]:
    """Return dials: a template for each class, shifted, under noise."""
    kinds = F.interpolate(torch.randn(classes, 1, 4, 4), size=size, mode="bilinear")
    y = torch.randint(classes, (num + 600,))
    x = torch.stack([kinds[k].roll(int(torch.randint(-1, 2, ())), 2) for k in y.tolist()])
    x = (1.5 * x + noise * torch.randn(x.shape)) / (1 + noise**2) ** 0.5
    return (x[:num], y[:num]), (x[num:], y[num:])


def mixer(size: int = 12, classes: int = 6, width: int = 24, depth: int = 2, noise: float = 1.6,
          drop: float = 0.0, cut: str = "", num: int = 2500) -> Task:  # fmt: skip
    places = (size // 4) ** 2
    body = nn.Sequential(*(Mixing(places, width, drop) for _ in range(depth)), nn.LayerNorm(width))
    stem = nn.Sequential(Patches(), nn.Linear(16, width))
    head = nn.Sequential(Pool(), nn.Linear(width, classes))
    return Task(Net(stem, body, head, cut), *pictures(num, size, classes, noise))


def conv(size: int = 10, classes: int = 5, width: int = 8, depth: int = 2, noise: float = 1.4,
         act: str = "relu", norm: bool = True, gain: float = 1.0, bias: float = 0.0,
         cut: str = "", num: int = 2000) -> Task:  # fmt: skip
    layers: list[nn.Module] = []
    for _ in range(depth):
        one = nn.Conv2d(width, width, 3, padding=1)
        nn.init.constant_(one.bias, bias)  # type: ignore[arg-type]
        one.weight.data *= gain
        layers += [one, *([nn.BatchNorm2d(width)] if norm else []), ACTS[act]()]
    stem = nn.Sequential(nn.Conv2d(1, width, 3, stride=2, padding=1), ACTS[act]())
    head = nn.Sequential(nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(9 * width, classes))
    return Task(Net(stem, nn.Sequential(*layers), head, cut), *pictures(num, size, classes, noise))


def transformer(vocabulary: int = 40, length: int = 10, classes: int = 6, width: int = 32,
                depth: int = 2, first: bool = True, spread: float = 1.0, cut: str = "",
                num: int = 3000) -> Task:  # fmt: skip
    """Sort messages by the pairs of tokens that they hold. first: normalise before a layer."""
    one = [
        nn.TransformerEncoderLayer(width, 4, 2 * width, 0.0, batch_first=True, norm_first=first)
        for _ in range(depth)
    ]
    head = nn.Sequential(Pool(), nn.LayerNorm(width), nn.Linear(width, classes))
    net = Net(Places(vocabulary, length, width), nn.Sequential(*one), head, cut)
    for name, weight in net.named_parameters():
        if weight.dim() > 1 and "body" in name:
            weight.data *= spread
    prefers = torch.softmax(1.2 * torch.randn(classes, vocabulary), 1)
    y = torch.randint(classes, (num + 600,))
    x = torch.multinomial(prefers[y], length, replacement=True)
    return Task(net, (x[:num], y[:num]), (x[num:], y[num:]))


def series(length: int = 16, width: int = 24, depth: int = 1, unit: float = 1.0, num: int = 2500,
           act: str = "gelu", gain: float = 1.0, norm: bool = True) -> Task:  # fmt: skip
    """Tell from the readings of a series, in its unit, how fast it swings."""
    speed, phase = 0.3 + 1.2 * torch.rand(num + 500, 1), 6.28 * torch.rand(num + 500, 1)
    x = torch.sin(speed * torch.arange(length) + phase) + 0.2 * torch.randn(num + 500, length)
    y = unit * (speed - 0.9) / 0.35
    layers: list[nn.Module] = []
    for _ in range(depth):
        linear = nn.Linear(3 * width, 3 * width)
        linear.weight.data *= gain
        layers += [linear, *([nn.LayerNorm(3 * width)] if norm else []), ACTS[act]()]
    stem = nn.Sequential(nn.Linear(length, 3 * width), ACTS[act]())
    net = Net(stem, nn.Sequential(*layers), nn.Linear(3 * width, 1))
    return Task(net, (x[:num], y[:num]), (x[num:], y[num:]), sorts=False)


def parity(bits: int = 3, width: int = 20, num: int = 60_000) -> Task:
    """Tell the parity of a few of the bits of a register."""
    x = torch.randint(2, (num + 500, width)).float() * 2 - 1
    y = (x[:, :bits].prod(1) > 0).long()
    body = nn.Sequential(nn.Linear(128, 128), nn.ReLU())
    net = Net(nn.Sequential(nn.Linear(width, 128), nn.ReLU()), body, nn.Linear(128, 2))
    return Task(net, (x[:num], y[:num]), (x[num:], y[num:]))


def tailed(task: Task) -> Task:
    """Return a series some of whose numbers are far out."""
    task.train[1].add_(0.15 * torch.distributions.StudentT(1.8).sample(task.train[1].shape))
    return task


def share(r: Recipe, step: int) -> float:
    """Return the share of the rate at a step."""
    done = step / (r.horizon or r.steps)
    value = {
        "constant": 1.0,
        "cosine": 0.5 + 0.5 * math.cos(math.pi * done),
        "linear": max(0.0, 1 - done),
        "step": r.gamma ** (int(done >= 0.5) + int(done >= 0.8)),
        "exponential": 0.9 ** (step // r.unit),
        "restarts": 0.505 + 0.495 * math.cos(math.pi * (done * 4 % 1)),
        "one-cycle": min(done / 0.3, max(0.0, (1 - done) / 0.7)) + 0.02,
        "plateau": 1.0,
    }[r.schedule]
    return value * min(1.0, (step + 1) / (r.warm or 1))


def make_optimizer(r: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(not name.startswith(r.fixed or ("no such",)))
    mine = [p for name, p in model.named_parameters() if not name.startswith(r.left_out or ("-",))]
    if r.optimizer in ("adam", "adamw"):
        kind = torch.optim.Adam if r.optimizer == "adam" else torch.optim.AdamW
        return kind(mine, r.lr, eps=r.eps, weight_decay=r.decay)
    if r.optimizer == "rmsprop":
        return torch.optim.RMSprop(mine, r.lr, weight_decay=r.decay)
    return torch.optim.SGD(mine, r.lr, 0.9 * (r.optimizer == "momentum"), weight_decay=r.decay)


def batches(task: Task, size: int) -> Iterator[tuple[Tensor, Tensor]]:
    x, y = task.train
    while True:
        for chosen in torch.randperm(len(x)).split(size)[: len(x) // size]:
            yield x[chosen], y[chosen]


def fit(recorder: Recorder, task: Task, r: Recipe) -> float:
    """Train, and return the quality on held-out data."""
    model, optimizer, data = task.model, make_optimizer(r, task.model), batches(task, r.batch)
    length = {"epochs": r.epochs} if r.epochs else {"steps": r.steps}
    recorder.watch(model, optimizer, {
        "optimizer": r.optimizer, "lr": r.lr, "batch_size": r.batch, "schedule": r.schedule,
        "weight_decay": r.decay, "accumulate": r.accumulate,
        "label_smoothing": r.smoothing, **length,
    })  # fmt: skip
    optimizer.zero_grad()
    best, since, lower, value = math.inf, 0, 1.0, 0.0
    for step in range(r.steps):
        for group in optimizer.param_groups:
            group["lr"] = r.lr * share(r, step) * lower
        total, right = 0.0, 0.0
        for _ in range(r.accumulate):
            x, y = next(data)
            out = model(x)
            loss = task.loss(out, y, r.smoothing)
            (loss / r.accumulate if r.divided else loss).backward()
            total += loss.item() / r.accumulate
            right += task.quality(out, y) / r.accumulate
        if r.clip:
            nn.utils.clip_grad_norm_(model.parameters(), r.clip)
        if r.moves and step % r.moves == r.moves - 1:
            optimizer.step()
        if r.clear and step % r.clear == r.clear - 1:
            optimizer.zero_grad()
        accuracy = {"accuracy": right} if task.sorts else {}
        recorder.step(total, samples=r.batch * r.accumulate, **accuracy)
        if step % r.every == r.every - 1 or step == r.steps - 1:
            model.eval()
            with torch.no_grad():
                out = model(task.held[0])
            model.train()
            loss, value = task.loss(out, task.held[1]), task.quality(out, task.held[1])
            recorder.evaluate(loss=loss.item(), **({"accuracy": value} if task.sorts else {}))
            if r.schedule == "plateau":
                best, since = (loss.item(), 0) if loss.item() < best * 0.98 else (best, since + 1)
                lower, since = (lower * 0.3, 0) if since > 2 else (lower, since)
    return value if math.isfinite(value) else -1.0


def one(
    name: str, planted: str, make: Make, recipe: Recipe, goal: float,
    *changes: Mapping[str, Any], same_as: tuple[str, ...] = (), **sound: Any,
) -> Scenario:  # fmt: skip
    """Return a scenario. changes: of the recipe's or the model's fields, from mild to strong."""

    def run(recorder: Recorder, severity: float) -> float:
        change = dict(changes[math.ceil(severity) - 1]) if severity and changes else {}
        ours = {field: change.pop(field) for field in list(change) if field in Recipe._fields}
        return fit(recorder, make(**{**sound, **change}), recipe._replace(**ours))

    severities = tuple(float(number) for number in range(1, max(1, len(changes)) + 1))
    return Scenario(name, planted, run, goal, same_as, severities)


R = Recipe
SCENARIOS = (
    one("dials-conv-momentum", "lr-too-high", conv, R("momentum", 0.05, 350, 32, 25, "cosine"),
        0.9, {"lr": 2.0}, norm=False),
    one("messages-adam", "lr-too-high", transformer, R("adam", 1e-3, 300, 32, 20), 0.75,
        {"lr": 0.2}),
    one("dials-mixer-adamw", "lr-too-low", mixer, R("adamw", 3e-3, 320, 64, 32, decay=0.05), 0.9,
        {"lr": 2e-5}, {"lr": 2e-6}),
    one("dials-conv-linear", "lr-schedule-wrong", conv, R("momentum", 0.03, 450, 40, 30, "linear"),
        0.9, {"horizon": 20}, {"horizon": 10}),
    one("series-exponential", "lr-schedule-wrong", series, R("adam", 2e-3, 400, 64, 20,
        "exponential", epochs=10), 0.95, {"unit": 1}),
    one("dials-mixer-steps", "lr-schedule-wrong", mixer, R("momentum", 0.05, 400, 32, 25, "step",
        decay=1e-4, epochs=5), 0.9, {"gamma": 8.0}),
    one("messages-sgd", "clipping-too-tight", transformer,
        R("momentum", 0.05, 300, 32, 25, "cosine", clip=1.0), 0.75, {"clip": 0.01}, {"clip": 1e-3}),
    one("dials-mixer-decay", "weight-decay-too-high", mixer, R("adamw", 3e-3, 450, 48, 30, "cosine",
        20, decay=0.05), 0.9, {"decay": 20.0}),
    one("series-decay", "weight-decay-too-high", series, R("momentum", 0.03, 400, 64, 25,
        decay=1e-4, epochs=10), 0.95, {"decay": 0.1}, {"decay": 0.5}),
    one("messages-epsilon", "adam-epsilon-too-large", transformer, R("adam", 1e-3, 350, 24, 35,
        clip=5.0), 0.75, {"eps": 1.0}),
    one("dials-conv-sgd", "zero-grad-missing", conv, R("sgd", 0.1, 300, 32, 20, "step"), 0.9,
        {"clear": 0}, norm=False),
    one("messages-cycle", "zero-grad-missing", transformer, R("adamw", 4e-3, 320, 32, 20,
        "one-cycle", decay=0.01), 0.75, {"clear": 0}),
    one("dials-mixer-smooth", "optimizer-step-missing", mixer, R("adam", 2e-3, 300, 48, 25,
        smoothing=0.1, epochs=6), 0.9, {"moves": 50}, {"moves": 0}),
    one("dials-conv-micro", "accumulation-not-normalised", conv, R("sgd", 0.3, 220, 16, 22,
        accumulate=4), 0.8, {"divided": False}, norm=False),
    one("dials-mixer-deep", "graph-detached", mixer, R("adamw", 3e-3, 350, 48, 25, "cosine",
        decay=0.01), 0.9, {"cut": "body"}, depth=3),
    one("dials-conv-finetune", "parameters-frozen", conv, R("adam", 3e-3, 300, 40, 20, "linear"),
        0.9, {"fixed": ("stem", "body")}, depth=3),
    one("dials-mixer-head", "parameters-not-in-optimizer", mixer, R("adam", 2e-3, 350, 48, 35,
        "plateau"), 0.9, {"left_out": ("stem", "body")}),
    one("dials-conv-short", "stopped-too-early", conv, R("sgd", 0.02, 600, 32, 15), 0.8,
        {"steps": 60}, norm=False),
    one("series-deep", "gradients-vanishing", series, R("adam", 2e-3, 400, 64, 20, "cosine"), 0.9,
        {"norm": False, "act": "sigmoid"}, depth=6),
    one("dials-conv-bias", "relus-dead", conv, R("momentum", 0.03, 350, 32, 25), 0.9,
        {"bias": -4.0}, norm=False),
    one("series-tanh", "activations-saturated", series, R("adam", 2e-3, 450, 64, 30, "linear"),
        0.9, {"gain": 60.0}, act="tanh", norm=False, depth=2),
    one("messages-spread", "bad-initialisation", transformer, R("adamw", 1e-3, 260, 32, 20,
        decay=0.01), 0.75, {"spread": 30.0}),
    one("dials-mixer-restarts", HEALTHY, mixer, R("adamw", 4e-3, 480, 48, 24, "restarts",
        decay=0.02), 0.9),
    one("messages-long-warmup", HEALTHY, transformer, R("adam", 3e-3, 340, 32, 20, "cosine", 140,
        clip=1.0, epochs=4), 0.75, first=False),
    one("dials-conv-step", HEALTHY, conv, R("momentum", 0.1, 420, 24, 30, "step", decay=5e-4), 0.9),
    one("bits-parity", HEALTHY, parity, R("adam", 1.5e-3, 800, 64, 40), 0.8),
    one("series-spikes", HEALTHY, lambda: tailed(series()), R("momentum", 0.02, 500, 48, 25,
        "linear", clip=1.0), 0.75),
    one("series-units", HEALTHY, series, R("adam", 0.02, 450, 64, 45, "plateau"), 0.9, unit=600.0),
    one("dials-mixer-dropout", HEALTHY, mixer, R("rmsprop", 1e-3, 400, 50, 50, epochs=8), 0.9,
        drop=0.3),
)  # fmt: skip
