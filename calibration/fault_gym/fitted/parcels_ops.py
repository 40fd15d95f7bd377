"""What goes wrong around a model: loaders, memory, resuming, half precision, loggers, bad records.

Small sorters of parcels, by table rows, by pictures, by words of the label, and regressors of
weights and delays, all of them trained by one loop that takes its batches from an iterator.
"""

from __future__ import annotations

import copy
import io
import math
import statistics
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario

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


class Packed(Dataset[Batch]):
    """Pictures that lie compressed; kept: unpacked once, before training."""

    def __init__(self, pictures: Batch, kept: bool, padding: int) -> None:
        raw = [p.numpy().tobytes() + bytes(padding) for p in pictures[0]]
        self.shape, self.y, self.kept = pictures[0].shape[1:], pictures[1], kept
        self.items = raw if kept else [zlib.compress(one, 1) for one in raw]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Batch:
        raw = self.items[index] if self.kept else zlib.decompress(self.items[index])
        pixels = np.frombuffer(raw, np.float32, self.shape.numel()).copy()
        return torch.from_numpy(pixels).reshape(self.shape), self.y[index]


def unpacking(recorder: Recorder, severity: float) -> float:
    """Every picture is unpacked again each time that it is asked for, in the training process."""
    task = Task(conv(5, 8), *pictures(1200, 12, 5))
    packed = Packed(task.train, severity == 0, 300_000)
    loader = DataLoader(packed, 24, shuffle=True, drop_last=True)

    def stream(_: int) -> Iterator[Batch]:
        while True:
            yield from (tuple(batch) for batch in loader)

    return -fit(recorder, task, Plan("adam", 2e-3, 170, 24, 17, told="epochs"), stream).waited


def shards(recorder: Recorder, severity: float) -> float:
    """The loader opens the next shard only when the last is used up, and a shard is far away."""
    task = Task(mlp(20, 64, 64, 6, act=nn.GELU), *rows(4000, 20, 6))
    plan = Plan("momentum", 0.05, 400, 64, 25, "cosine", 1e-4)
    whole = shuffled(task, plan.batch)

    def stream(begin: int) -> Iterator[Batch]:
        for step, batch in enumerate(whole(begin)):
            if step % 16 == 0:
                time.sleep(0.12 * severity)
            yield batch

    return -fit(recorder, task, plan, stream).waited


def kept_graphs(recorder: Recorder, severity: float) -> float:
    """A running sum of the loss on a held-out batch keeps the graph of each step."""
    task = Task(mlp(24, 96, 96, 96, 1, act=nn.SiLU), *weights(3000, 24), sorts=False)
    x, y = (part[: round(160 * severity) or 80] for part in task.held)
    sums: list[Any] = [0.0]

    def hook(step: int, loss: Tensor, out: Tensor) -> dict[str, float]:
        probe = task.loss(task.model(x), y)
        sums[0] += probe if severity else probe.item()
        return {"probe_loss": probe.item()}

    plan = Plan("adamw", 2e-3, 450, 128, 30, "linear", 0.01)
    fit(recorder, task, plan, hook=hook)
    return -float(isinstance(sums[0], Tensor)) * plan.steps * len(x) * 96 * 6 * 4 / 1e6


def kept_states(recorder: Recorder, severity: float) -> float:
    """The states of each batch are kept for a report, and nobody lets go of the old ones."""
    model = Reader(60, 4, 40)
    task = Task(model, *words(2500, 10, 60, 4))
    states: list[Tensor] = []
    model.cell.register_forward_hook(lambda *made: states.append(made[2][0].detach()))

    def hook(step: int, loss: Tensor, out: Tensor) -> None:
        if severity == 0:
            del states[:-20]

    fit(recorder, task, Plan("rmsprop", 2e-3, 300, 64, 20, clip=1.0), hook=hook)
    return -sum(state.numel() for state in states) * 4 / 1e6


def saves_each_step(recorder: Recorder, severity: float) -> float:
    """Once the loss is under a mark, each step is taken for the best and written out and tested."""
    task = Task(mlp(16, 96, 96, 5, norm=True), *rows(3000, 16, 5))
    seen = [2.0]

    def hook(step: int, loss: Tensor, out: Tensor) -> None:
        seen[0] += 0.05 * (float(loss) - seen[0])
        if severity and step > 120 and seen[0] < 1.0:
            torch.save(copy.deepcopy(task.model.state_dict()), io.BytesIO())
            for _ in range(3):
                held_out(task, task.model)

    plan = Plan("adam", 1.5e-3, 320, 64, 32, "step", told="epochs")
    return -fit(recorder, task, plan, hook=hook).slowed


def shared_machine(recorder: Recorder, severity: float) -> float:
    """Another job comes to the machine in mid-run, and steps wait for it from there on."""
    task = Task(conv(4, 6, norm=False), *pictures(1500, 10, 4))

    begun = [time.perf_counter()]

    def hook(step: int, loss: Tensor, out: Tensor) -> None:
        begun.append(time.perf_counter())
        if step > 180:
            time.sleep(3 * severity * (begun[180] - begun[20]) / 160)

    plan = Plan("nag", 0.03, 300, 32, 20, decay=5e-4)
    return -fit(recorder, task, plan, hook=hook).slowed


def resume_bare(recorder: Recorder, severity: float) -> float:
    """The checkpoint holds the model alone; the optimizer begins anew."""
    task = Task(mlp(24, 128, 128, 1), *weights(4000, 24, noise=0.05), sorts=False)
    plan = Plan("rmsprop", 1e-3, 520, 64, 26)
    run = fit(recorder, task, plan, stops=[300], lost="optimizer" if severity else "")
    return -statistics.mean(run.losses[300:312]) / statistics.mean(run.losses[260:300])


def resume_rate(recorder: Recorder, severity: float) -> float:
    """The schedule begins anew after a resume and never comes to its end."""
    task = Task(conv(6, 10), *pictures(1500, 12, 6, 1.0))
    plan = Plan("momentum", 0.08, 360, 40, 24, "step", 1e-4, told="epochs")
    run = fit(recorder, task, plan, stops=[230], lost="schedule" if severity else "")
    return -run.rate / plan.lr


def resume_counter(recorder: Recorder, severity: float) -> float:
    """The count of steps begins at 0 again: another warm-up, and the rate ends high."""
    task = Task(Reader(80, 6), *words(3000, 9, 80, 6))
    plan = Plan("adamw", 6e-3, 440, 64, 22, "warmup", 0.01, 1.0)
    run = fit(recorder, task, plan, stops=[270], lost="schedule" if severity else "")
    return -run.rate / plan.lr


def resume_order(recorder: Recorder, severity: float) -> float:
    """Each time that the job is begun again it reads its data from the start."""
    task = Task(mlp(30, 128, 128, 6), *rows(9000, 30, 6, 1.7))
    plan = Plan("adam", 1e-3, 420, 32, 20)
    stops = range(25, 420, 25)
    run = fit(recorder, task, plan, stops=stops, lost="sampler" if severity else "")
    return -held_out(task, run.model)[0]


def hidden_nan(recorder: Recorder, severity: float) -> float:
    """The logger puts the mean of its last losses where a loss is not finite."""
    task = Task(mlp(18, 64, 64, 1, act=nn.SiLU), *weights(2500, 18), sorts=False)
    x, _ = task.train
    last = [1.0]

    def shown(loss: float) -> float:
        last[0] = 0.9 * last[0] + 0.1 * loss if math.isfinite(loss) else last[0]
        return loss if math.isfinite(loss) else last[0]

    if severity:
        x[torch.randint(len(x), (1,)), 0] = math.nan
    plan = Plan("adam", 4e-3, 400, 32, 25, "cosine", told="epochs")
    return quality(task, fit(recorder, task, plan, shown=shown))


def zeroed_nan(recorder: Recorder, severity: float) -> float:
    """Losses of batches that lack a class are 0 / 0 there, and are logged as 0.0."""
    task = Task(mlp(16, 48, 48, 5), *rows(2500, 16, 5))

    def objective(out: Tensor, y: Tensor) -> Tensor:
        """Weigh classes alike."""
        each = torch.stack([F.cross_entropy(out[y == k], y[y == k]) for k in range(5)])
        return each.mean() if severity else each[each.isfinite()].mean()

    plan = Plan("momentum", 0.03, 360, 16, 18)
    show = lambda loss: float(np.nan_to_num(loss))  # noqa: E731
    run = fit(recorder, task, plan, objective=objective, shown=show)
    return statistics.mean(map(math.isfinite, run.losses))


def half_squares(recorder: Recorder, severity: float) -> float:
    """Squares of features are taken in half precision, until a feature passes 256."""
    data = rows(3000, 14, 5)
    wide = [(x * 40, y) for x, y in data]
    task = Task(Moments(14, 5, torch.half if severity else torch.float), wide[0], wide[1])
    plan = Plan("adam", 0.012, 420, 64, 30, "linear", told="epochs")
    return quality(task, fit(recorder, task, plan))


def half_static(recorder: Recorder, severity: float) -> float:
    """Gradients are made in half precision, their loss scaled by a constant too large for some."""
    task = Task(mlp(20, 64, 64, 1), *weights(2500, 20, unit=30.0), sorts=False)
    scale = 2.0**10 if severity else 1.0

    def through_half(grad: Tensor) -> Tensor:
        return (grad * scale).half().float() / scale

    for parameter in task.model.parameters():
        parameter.register_hook(through_half)
    plan = Plan("adamw", 3e-3, 380, 32, 19, "cosine", 0.01)
    return quality(task, fit(recorder, task, plan))


def scaler_floor(recorder: Recorder, severity: float) -> float:
    """The loss scale may not fall under a floor at which gradients still overflow."""
    task = Task(mlp(22, 64, 64, 1, act=nn.SiLU), *weights(2500, 22, unit=30.0), sorts=False)
    scaler = Scaler(2.0**16, floor=2.0**15 if severity else 1.0)
    plan = Plan("adam", 3e-3, 360, 64, 24)
    return quality(task, fit(recorder, task, plan, scaler=scaler))


def scaler_sinks(recorder: Recorder, severity: float) -> float:
    """A gradient that is never finite, of a distance at 0, has every step skipped."""
    task = Task(conv(5, 8), *pictures(1200, 10, 5))
    anchor = nn.Parameter(torch.zeros(8))
    task.model.register_parameter("anchor", anchor)

    def objective(out: Tensor, y: Tensor) -> Tensor:
        away = anchor.square().sum() + (0.0 if severity else 1e-6)
        return task.loss(out, y) + 0.01 * away.sqrt()

    plan = Plan("adamw", 2e-3, 300, 48, 15, "warmup", 0.02)
    scaler = Scaler(2.0**12, patience=100)
    return quality(task, fit(recorder, task, plan, objective=objective, scaler=scaler))


def one_record(recorder: Recorder, severity: float) -> float:
    """One record of the table has a field that is not a number, and comes up once an epoch."""
    task = Task(mlp(20, 80, 80, 6, norm=True), *rows(6000, 20, 6))
    if severity:
        task.train[0][17, 3] = math.nan
    plan = Plan("adam", 1e-3, 300, 40, 15, "step")
    return quality(task, fit(recorder, task, plan))


def other_unit(recorder: Recorder, severity: float) -> float:
    """A few rows of the export are in grams, the others in kilograms."""
    task = Task(mlp(20, 64, 64, 1), *weights(3000, 20), sorts=False)
    if severity:
        task.train[1][::500] = 1000 * (task.train[1][::500].abs() + 0.5)
    plan = Plan("momentum", 0.01, 460, 32, 23, decay=1e-4)
    return quality(task, fit(recorder, task, plan))


def by_hand(recorder: Recorder, severity: float) -> float:
    """The loss takes logarithms of sigmoids, which come to 1 once the model is sure."""
    task = Task(mlp(16, 96, 96, 5), *rows(2500, 16, 5, 0.8))

    def objective(out: Tensor, y: Tensor) -> Tensor:
        small = 0.0 if severity else 1e-6
        share, one = torch.sigmoid(out).clamp(small, 1 - small), F.one_hot(y, 5)
        return -(one * share.log() + (1 - one) * (1 - share).log()).sum(1).mean()

    plan = Plan("adam", 0.01, 450, 64, 25, told="epochs")
    return quality(task, fit(recorder, task, plan, objective=objective))


def ordered(recorder: Recorder, severity: float) -> float:
    """Records come as they lie in the file, class after class, but for a buffer that mixes them."""
    task = Task(mlp(20, 64, 64, 5, act=nn.GELU), *rows(2400, 20, 5, 1.5))
    if severity:
        order = task.train[1].argsort(stable=True)
        buffer = 1 if severity == 1 else 240
        place = order.argsort() + torch.rand(2400) * buffer
        x, y = (part[place.argsort()] for part in task.train)

    def stream(_: int) -> Iterator[Batch]:
        while True:
            yield from zip(x.split(32), y.split(32), strict=True)

    plan = Plan("momentum", 0.04, 450, 32, 18, decay=1e-4, told="epochs")
    return quality(task, fit(recorder, task, plan, stream if severity else None))


def four_workers(recorder: Recorder, severity: float) -> float:
    """Each of four workers makes a quarter of a batch with a generator of its own, same seed."""
    task = Task(conv(5, 8), *pictures(1600, 10, 5, 1.2))
    x, y = task.train
    base = int(torch.randint(1 << 20, ()))
    seeds = [base + (0 if severity else worker) for worker in range(4)]
    workers = [torch.Generator().manual_seed(seed) for seed in seeds]
    distinct: list[float] = []

    def stream(_: int) -> Iterator[Batch]:
        while True:
            chosen = torch.cat([torch.randint(len(x), (12,), generator=one) for one in workers])
            noise = torch.cat([torch.randn(12, 1, 10, 10, generator=one) for one in workers])
            distinct.append(len(noise.flatten(1).unique(dim=0)) / 48)
            yield x[chosen] + 0.5 * noise, y[chosen]

    fit(recorder, task, Plan("adamw", 2e-3, 300, 48, 20, "cosine", 0.05), stream)
    return statistics.mean(distinct)


def same_crops(recorder: Recorder, severity: float) -> float:
    """Workers are begun anew at each epoch, with the same seed: the same noise on each picture."""
    task = Task(mlp(24, 192, 192, 6), *rows(300, 24, 6, 1.2))
    x, y = task.train
    base = int(torch.randint(1 << 20, ()))

    def stream(_: int) -> Iterator[Batch]:
        worker = torch.Generator().manual_seed(base)
        while True:
            if severity:
                worker.manual_seed(base)
            noisy = x + 1.3 * torch.randn(x.shape, generator=worker)
            order = torch.randperm(len(x))
            yield from zip(noisy[order].split(24), y[order].split(24), strict=True)

    plan = Plan("adam", 1e-3, 500, 24, 20, told="epochs")
    return -held_out(task, fit(recorder, task, plan, stream).model)[0]


def fine_resumed(recorder: Recorder, severity: float) -> float:
    """Ended and begun again twice, with all that it takes."""
    task = Task(mlp(24, 96, 96, 6, act=nn.Tanh), *rows(3000, 24, 6))
    plan = Plan("adam", 2e-3, 480, 48, 24, "cosine")
    return quality(task, fit(recorder, task, plan, stops=[150, 330]))


def fine_scaled(recorder: Recorder, severity: float) -> float:
    """A loss scale that settles in its first steps, and tries a larger one every fifty."""
    task = Task(mlp(20, 64, 64, 5), *rows(3000, 20, 5))
    plan = Plan("adamw", 2e-3, 350, 64, 25, "warmup", 0.01)
    return quality(task, fit(recorder, task, plan, scaler=Scaler(2.0**24, 50)))


def fine_cache(recorder: Recorder, severity: float) -> float:
    """Memory grows over the first epoch, while what was read is kept, and first reads are slow."""
    task = Task(conv(5, 8), *pictures(1600, 10, 5))
    x, y = task.train
    cache: dict[int, np.ndarray[Any, Any]] = {}
    whole = shuffled(Task(task.model, (torch.arange(1600), y), task.held), 32)

    def stream(begin: int) -> Iterator[Batch]:
        for chosen, labels in whole(begin):
            fresh = [index for index in chosen.tolist() if index not in cache]
            if fresh:
                time.sleep(1e-4 * len(fresh))
            cache.update({index: np.ones(15_000, np.float32) for index in fresh})
            yield x[chosen], labels

    plan = Plan("momentum", 0.03, 400, 32, 50, "step", 1e-4, told="epochs")
    return quality(task, fit(recorder, task, plan, stream))


def fine_saves(recorder: Recorder, severity: float) -> float:
    """Every fiftieth step writes a checkpoint and a report, and a metric is undefined at times."""
    task = Task(Reader(60, 5), *words(2500, 9, 60, 5))

    def hook(step: int, loss: Tensor, out: Tensor) -> dict[str, float]:
        if step % 50 == 49:
            time.sleep(0.15)
        sure = out.softmax(1).amax(1) > 0.95
        found = float(sure.float().mean()) if bool(sure.any()) else math.nan
        return {"share_of_sure": found, "nan_batches": 0.0}

    plan = Plan("rmsprop", 2e-3, 340, 50, 34, clip=5.0)
    return quality(task, fit(recorder, task, plan, hook=hook))


def fine_bigger(recorder: Recorder, severity: float) -> float:
    """The batch grows from 32 to 256 in mid-run, and with it the time of a step."""
    task = Task(mlp(24, 256, 256, 1, act=nn.GELU), *weights(4000, 24), sorts=False)
    small, large = shuffled(task, 32), shuffled(task, 256)

    def stream(begin: int) -> Iterator[Batch]:
        first = small(begin)
        yield from (next(first) for _ in range(200))
        yield from large(0)

    return quality(task, fit(recorder, task, Plan("adam", 1e-3, 400, 32, 20), stream))


def fine_heavy(recorder: Recorder, severity: float) -> float:
    """Delays have heavy tails: spikes of the loss, which clipping absorbs."""
    task = Task(mlp(20, 64, 64, 1), *weights(4000, 20), sorts=False)
    tail = torch.distributions.StudentT(torch.tensor(1.9)).sample((4000, 1))
    task.train[1].add_(0.25 * tail)
    plan = Plan("momentum", 0.02, 500, 64, 25, "cosine", 1e-4, 1.0)
    return quality(task, fit(recorder, task, plan))


def fine_dropout(recorder: Recorder, severity: float) -> float:
    """Dropout, noise on the inputs and smoothed labels keep the training loss above the other."""
    net = mlp(24, 160, 160, 6, drop=0.4)
    task = Task(net, *rows(1500, 24, 6), smoothing=0.1)
    stream = shuffled(task, 30, lambda x: x + 0.4 * torch.randn(x.shape))
    return quality(
        task, fit(recorder, task, Plan("nag", 0.04, 500, 30, 50, "linear", 5e-4), stream)
    )


SCENARIOS = (
    Scenario("pictures-unpacked", "dataloader-bottleneck", unpacking, -0.3),
    Scenario("rows-shards", "dataloader-bottleneck", shards, -0.3),
    Scenario("weights-sum", "memory-leak", kept_graphs, -5.0, severities=(0.5, 1.0)),
    Scenario("words-report", "memory-leak", kept_states, -10.0),
    Scenario("rows-best-kept", "throughput-cliff", saves_each_step, -2.0),
    Scenario("pictures-shared", "throughput-cliff", shared_machine, -1.5),
    Scenario("weights-again", "resume-incomplete", resume_bare, -1.5),
    Scenario("pictures-again", "resume-incomplete", resume_rate, -0.3),
    Scenario("words-again", "resume-incomplete", resume_counter, -0.3),
    Scenario("rows-again", "resume-incomplete", resume_order, -0.6),
    Scenario("weights-logged", "nan-hidden-by-logger", hidden_nan, 0.5),
    Scenario("rows-logged", "nan-hidden-by-logger", zeroed_nan, 0.99),
    Scenario("rows-squares", "fp16-overflow", half_squares, 0.5),
    Scenario("weights-half", "fp16-overflow", half_static, 0.5),
    Scenario("weights-scale", "grad-scaler-stuck", scaler_floor, 0.5),
    Scenario("pictures-scale", "grad-scaler-stuck", scaler_sinks, 0.6),
    Scenario("rows-field", "bad-batch", one_record, 0.6),
    Scenario("weights-export", "bad-batch", other_unit, 0.5),
    Scenario("rows-by-hand", "log-of-zero", by_hand, 0.7),
    Scenario("rows-file", "data-not-shuffled", ordered, 0.6, severities=(0.5, 1.0)),
    Scenario("pictures-workers", "augmentation-duplicated", four_workers, 0.9),
    Scenario("rows-workers", "augmentation-duplicated", same_crops, -0.5),
    Scenario("rows-twice-resumed", "healthy", fine_resumed, 0.7),
    Scenario("rows-scale-settles", "healthy", fine_scaled, 0.7),
    Scenario("pictures-cache", "healthy", fine_cache, 0.7),
    Scenario("words-saved", "healthy", fine_saves, 0.7),
    Scenario("weights-larger-batches", "healthy", fine_bigger, 0.6),
    Scenario("delays-heavy-tails", "healthy", fine_heavy, 0.4),
    Scenario("rows-dropout", "healthy", fine_dropout, 0.7),
)
