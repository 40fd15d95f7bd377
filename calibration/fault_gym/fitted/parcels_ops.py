"""What goes wrong around a model: loaders, memory, the pace of steps, resuming.

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
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from fault_gym.fitted.parcels import (
    Batch,
    Plan,
    Reader,
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
    words,
)
from fault_gym.recorder import Recorder
from fault_gym.scenario import Scenario


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


def fine_resumed(recorder: Recorder, severity: float) -> float:
    """Ended and begun again twice, with all that it takes."""
    task = Task(mlp(24, 96, 96, 6, act=nn.Tanh), *rows(3000, 24, 6))
    plan = Plan("adam", 2e-3, 480, 48, 24, "cosine")
    return quality(task, fit(recorder, task, plan, stops=[150, 330]))


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
    Scenario("rows-twice-resumed", "healthy", fine_resumed, 0.7),
    Scenario("pictures-cache", "healthy", fine_cache, 0.7),
    Scenario("words-saved", "healthy", fine_saves, 0.7),
    Scenario("weights-larger-batches", "healthy", fine_bigger, 0.6),
)
