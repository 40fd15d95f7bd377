"""Where the time and the memory of a step, or of a forward pass, go, and what makes it faster."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from neural_trainer.errors import NeuralTrainerError
from neural_trainer.inspect.copies import first_batch
from neural_trainer.inspect.flops import flops_of, product_flops_per_s
from neural_trainer.inspect.profile.operations import Profiled, profiled
from neural_trainer.inspect.profile.trial import Trial, trial
from neural_trainer.inspect.profile.variants import Shares, Variant, shares, variants
from neural_trainer.inspect.profile.workload import (
    PHASES,
    ForwardPasses,
    Options,
    Step,
    TrainingSteps,
    Workload,
)
from neural_trainer.inspect.untouched import gradients_of, random_states
from neural_trainer.layers.case import Case

WARMUP, STEPS, LEAST_STEPS = 3, 20, 5
LIMIT_S = 30.0  # of timing: longer steps are taken less often, but LEAST_STEPS times
PROFILED_STEPS = 3
TOGETHER = "all that helped"


@dataclass(frozen=True)
class Profile:
    """How a step goes: medians of the timed steps, shares, operators, what could be tried.

    seconds: of each phase, on average over the steps, as waits come in bursts. applied: what
    trying the variants gave. latency_s: 50th, 95th and 99th percentile of a step. flops: of one, 0
    where they could not be counted.
    product_flops_per_s: what a large matrix product reaches on this device.
    """

    name: str
    what: str
    device: str
    num_steps: int
    num_samples: int
    seconds: dict[str, float]
    latency_s: tuple[float, float, float]
    shares: Shares
    profiled: Profiled
    variants: tuple[Variant, ...]
    applied: Trial | None
    flops: int
    product_flops_per_s: float

    @property
    def utilisation(self) -> float:
        """Of what a matrix product alone reaches here, what operators reach; NaN without FLOPs."""
        busy_s = self.shares.kernels * sum(self.seconds.values())
        if not self.flops or not busy_s:
            return float("nan")
        return self.flops / busy_s / self.product_flops_per_s

    @property
    def bound(self) -> str:
        """What takes most of a step: data, host or kernels."""
        found = {name: getattr(self.shares, name) for name in ("data", "host", "kernels")}
        return max(found, key=lambda name: found[name])

    @property
    def samples_per_s(self) -> float:
        """Samples a second, the wait for data included."""
        return self.num_samples / max(sum(self.seconds.values()), 1e-12)


def profile(
    case: Case,
    name: str,
    *,
    num_steps: int = STEPS,
    inference: bool = False,
    batch_size: int | None = None,
    apply: bool = False,
    trace: str | None = None,
    tell: Callable[[str], None] = lambda said: None,
) -> Profile:
    """Return where the time of a step goes; the case is afterwards what it was.

    inference: of a forward pass as the loss makes it, of `batch_size` samples at most. apply: also
    try the variants. trace: the file to which the profiled steps go as a Chrome trace.
    """
    with random_states(case.train_batches, case.eval_batches), gradients_of(case.model):
        batch = first_batch(case, name)

        def build(options: Options | None = None) -> Any:
            if inference:
                return ForwardPasses(case, batch, name, options, batch_size)
            return TrainingSteps(case, name, options)

        work = build()
        steps = timed(work, num_steps)
        seen = profiled(work, min(PROFILED_STEPS, num_steps), work.device, trace)
        seconds = {p: statistics.fmean(s.seconds.get(p, 0.0) for s in steps) for p in PHASES}
        found = shares(seconds, seen.kernel_share, seen.operations)
        listed = variants(case, found, inference)
        applied = _applied(build, listed, batch, tell) if apply else None
        num_flops = _counted(work)
        peak = product_flops_per_s(work.device, _dtype(work.model))
    return Profile(
        name=name,
        what="forward pass" if inference else "step",
        device=str(work.device),
        num_steps=len(steps),
        num_samples=round(statistics.fmean(step.num_samples for step in steps)),
        seconds=seconds,
        latency_s=percentiles([step.total_s for step in steps]),
        shares=found,
        profiled=seen,
        variants=listed,
        applied=applied,
        flops=num_flops,
        product_flops_per_s=peak,
    )


def _counted(work: Workload) -> int:
    """Return the FLOPs of a step; 0 where the counter stands in the way of a step that runs."""
    try:
        return flops_of(work.step)
    except NeuralTrainerError:
        return 0


def _dtype(model: Any) -> torch.dtype:
    """Return the type that most of the model's numbers are stored in."""
    sizes: dict[torch.dtype, int] = {}
    for parameter in model.parameters():
        if parameter.is_floating_point():
            sizes[parameter.dtype] = sizes.get(parameter.dtype, 0) + parameter.numel()
    return max(sizes, key=lambda dtype: sizes[dtype], default=torch.float32)


def timed(work: Workload, num_steps: int, limit_s: float = LIMIT_S) -> list[Step]:
    """Return `num_steps` timed after a warm-up; fewer where they take longer than `limit_s`."""
    for _ in range(WARMUP):
        work.step()
    started = time.monotonic()
    steps: list[Step] = []
    while len(steps) < num_steps:
        if len(steps) >= LEAST_STEPS and time.monotonic() - started > limit_s:
            break
        steps.append(work.step())
    return steps


def percentiles(seconds: list[float] | tuple[float, ...]) -> tuple[float, float, float]:
    """Return the 50th, 95th and 99th percentile."""
    found = np.percentile(seconds, (50, 95, 99))
    return float(found[0]), float(found[1]), float(found[2])


def _applied(
    build: Callable[..., Any], listed: tuple[Variant, ...], batch: Any, tell: Callable[[str], None]
) -> Trial:
    """Try the variants, and compare the loss of each on one batch before it trains."""
    losses: dict[str, float] = {}

    def builder(name: str, options: Options | None) -> Callable[[], Workload]:
        def make() -> Any:
            work = build(options)
            if isinstance(work, TrainingSteps):
                torch.manual_seed(0)
                losses[name] = work.loss_on(batch)
            return work

        return make

    able = {v.name: v.options for v in listed if v.options is not None}
    found = trial(builder("", None)(), {n: builder(n, o) for n, o in able.items()}, tell)
    gains, failed = list(found.gains), dict(found.failed)
    helped = [gain.name for gain in found.gains if gain.verdict == "faster"]
    if len(helped) > 1:
        tell(f"together: {', '.join(helped)}")
        both = builder(TOGETHER, together([able[name] for name in helped]))
        again = trial(builder("", None)(), {TOGETHER: both}, tell)
        gains += again.gains
        failed |= again.failed
    return Trial(
        found.baseline_s,
        tuple(dataclasses.replace(g, loss_change=_change(losses, g.name)) for g in gains),
        failed,
    )


def together(options: list[Options | None]) -> Options:
    """Return all that the options change at once.

    >>> together([Options(bf16=True), Options(num_workers=2)]) == Options(bf16=True, num_workers=2)
    True
    """
    changed = {
        field.name: getattr(one, field.name)
        for one in options
        if one is not None
        for field in dataclasses.fields(one)
        if getattr(one, field.name) not in (None, False)
    }
    return Options(**changed)


def _change(losses: dict[str, float], name: str) -> float | None:
    if name not in losses or not losses[""]:
        return None
    return losses[name] / losses[""] - 1
