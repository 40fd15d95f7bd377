"""What goes wrong with numbers and records: half precision, loggers, bad fields, their order.

The same sorters of parcels as in parcels_ops.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fault_gym.fitted.parcels import (
    Batch,
    Moments,
    Plan,
    Scaler,
    Task,
    conv,
    fit,
    held_out,
    mlp,
    pictures,
    quality,
    rows,
    shuffled,
    weights,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario


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


def fine_scaled(recorder: Recorder, severity: float) -> float:
    """A loss scale that settles in its first steps, and tries a larger one every fifty."""
    task = Task(mlp(20, 64, 64, 5), *rows(3000, 20, 5))
    plan = Plan("adamw", 2e-3, 350, 64, 25, "warmup", 0.01)
    return quality(task, fit(recorder, task, plan, scaler=Scaler(2.0**24, 50)))


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
    Scenario("rows-scale-settles", "healthy", fine_scaled, 0.7),
    Scenario("delays-heavy-tails", "healthy", fine_heavy, 0.4),
    Scenario("rows-dropout", "healthy", fine_dropout, 0.7),
)
