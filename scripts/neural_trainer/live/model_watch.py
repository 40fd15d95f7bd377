"""What is seen of a model and its optimizers in a step: numbers of a line, statistics by layer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neural_trainer.layers.activations import Activations
from neural_trainer.layers.reductions import joint, vector
from neural_trainer.layers.watched import Watched, watched
from neural_trainer.live.optimizer_steps import OptimizerSteps, Seen, bare
from neural_trainer.live.pace import Pace
from neural_trainer.live.ranks import Ranks
from neural_trainer.runs.layers import (
    ACTIVATION_STATISTICS,
    GRADIENT_STATISTICS,
    Module,
    Parameter,
)

Row = NDArray[np.float32]
Later = tuple[torch.Tensor, Callable[[Row], Row]]


class ModelWatch:
    """Watches a model and its optimizers through hooks, until it is released.

    The optimizers that step the model's parameters are found as they step, where none is given.
    """

    def __init__(
        self,
        model: Any,
        optimizers: Sequence[Any],
        pace: Pace,
        ranks: Ranks,
        on_error: Callable[[Exception], None],
        *,
        activations: bool | Sequence[str] = False,
        complete: bool = True,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """activations: whether, or of which modules, by patterns. complete: take layers at all."""
        self.pace, self.complete = pace, complete
        self._model, self._optimizers = model, [bare(optimizer) for optimizer in optimizers]
        self._stopwatch = stopwatch
        self._handles: list[Any] = []
        self._watched = watched(model, self._optimizers)
        self._steps = OptimizerSteps(
            self._optimizers, self._shares(), pace, ranks, on_error, complete=complete
        )
        if not self._optimizers:
            self._find_optimizers()
        self._activations: Activations | None = None
        if model is not None:
            self._handles.append(model.register_forward_pre_hook(self._forward_begins))
            if activations and complete:
                patterns = () if activations is True else tuple(activations)
                self._activations = Activations(model, patterns)
                self._activations.on = pace.is_due(1)
        self._waiting_since: float | None = None
        self._waited_s: float | None = None
        self._varied = False  # whether groups ever had different learning rates
        self._num_skipped = 0
        self._seen: list[Seen] = []

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What is said of each parameter that is watched."""
        return tuple(one.about for one in self._watched)

    @property
    def modules(self) -> tuple[Module, ...]:
        """The modules whose outputs are watched."""
        return () if self._activations is None else tuple(self._activations.modules)

    def took(self, step: int) -> dict[str, Any]:
        """Return what was seen of `step`, now that it has been taken: numbers, some on a device.

        `clip_limits` holds what each clipping allowed, beside clip_norm/0 … which it found.
        """
        self._seen = self._steps.take(step + 1)
        numbers: dict[str, Any] = {}
        if self._waited_s is not None:
            numbers["data_time_s"] = self._waited_s
        self._waiting_since = self._waited_s = None
        self._put_rates(numbers)
        self._put_norms(numbers)
        self._put_scaling(numbers)
        if self.complete and self.pace.is_due(step):
            numbers.update(memory())
        return numbers

    def layers(self, step: int) -> Later | None:
        """Return the complete set of `step`, on its device, and what makes a row of it; else None.

        To be called once after `took`.
        """
        due = self.pace.is_due(step)
        sets = [(i, seen) for i, seen in enumerate(self._seen) if seen.complete is not None]
        active = self._activations.measure() if self._activations is not None else None
        if due and self.complete:
            self.pace.taken(step)
        if self._activations is not None:
            self._activations.on = self.pace.is_due(step + 1)
        if not sets:
            return None
        parts, makers, sizes = [], [], []
        for i, seen in sets:
            assert seen.complete is not None
            numbers, readings = seen.complete
            parts += [_number(seen.scale, numbers), numbers]
            makers.append((self._places[i], readings))
            sizes.append(len(numbers))
        if active is not None:
            parts.append(active[0])
        num = len(self._watched)
        row = partial(_row, num, len(self.modules), makers, sizes, active and active[1])
        return vector(parts), row

    def look_for_changes(self) -> bool:
        """Look at the model's parameters again; return whether they are others than before."""
        now = watched(self._model, self._optimizers) if self._has_changed() else self._watched
        if now is self._watched:
            return False
        self._watched = now
        self._steps.watch(self._shares())
        return True

    def go_on(self) -> None:
        """The step has been recorded: the time to the next forward pass is waiting for data."""
        self._waiting_since = self._stopwatch()

    def release(self) -> None:
        """Take all hooks away."""
        self._steps.release()
        if self._activations is not None:
            self._activations.release()
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _forward_begins(self, module: Any, inputs: Any) -> None:
        if torch.compiler.is_compiling() or self._waiting_since is None:
            return
        if torch.is_grad_enabled() and module.training:
            self._waited_s = self._stopwatch() - self._waiting_since
            self._waiting_since = None

    def _find_optimizers(self) -> None:
        from torch.optim.optimizer import register_optimizer_step_pre_hook

        def steps(optimizer: Any, *_: Any) -> None:
            if any(optimizer is known for known in self._optimizers):
                return
            held = {id(p) for group in optimizer.param_groups for p in group["params"]}
            if held.isdisjoint(id(one.tensor) for one in self._watched):
                return
            self._optimizers.append(optimizer)
            self._watched = watched(self._model, self._optimizers)
            shares = self._shares()
            self._steps.watch(shares[:-1])
            self._steps.add(optimizer, shares[-1])

        self._handles.append(register_optimizer_step_pre_hook(steps))

    def _shares(self) -> list[list[Watched]]:
        """Return the parameters that are measured as each optimizer steps, and note their places.

        Parameters that no optimizer holds are measured with the first.
        """
        owner: dict[int, int] = {}
        for i, optimizer in enumerate(self._optimizers):
            for group in optimizer.param_groups:
                owner.update((id(parameter), i) for parameter in group["params"])
        self._places: list[list[int]] = [[] for _ in self._optimizers]
        for place, one in enumerate(self._watched):
            if self._places:
                self._places[owner.get(id(one.tensor), 0)].append(place)
        return [[self._watched[place] for place in places] for places in self._places]

    def _has_changed(self) -> bool:
        held = (p for o in self._optimizers for group in o.param_groups for p in group["params"])
        known = {id(one.tensor) for one in self._watched}
        own = () if self._model is None else self._model.parameters()
        now = {id(parameter) for parameters in (own, held) for parameter in parameters}
        return now != known

    def _put_rates(self, numbers: dict[str, Any]) -> None:
        rates = [rate for seen in self._seen for rate in seen.lr if rate is not None]
        if not rates:
            return
        numbers["lr"] = rates[0]
        if len(rates) > 1:
            plain = all(isinstance(rate, (int, float)) for rate in rates)
            self._varied = self._varied or not plain or any(rate != rates[0] for rate in rates)
            if self._varied:
                numbers.update((f"lr/group_{i}", rate) for i, rate in enumerate(rates) if i)

    def _put_norms(self, numbers: dict[str, Any]) -> None:
        found = [(i, _unscaled(seen.norm, seen.scale)) for i, seen in enumerate(self._seen)]
        norms = {i: norm for i, norm in found if norm is not None}
        total = joint([norm.reshape(()) for norm in norms.values()])
        if total is not None:
            numbers["grad_norm"] = total
        if len(norms) > 1:
            numbers.update((f"grad_norm/optimizer_{i}", norm) for i, norm in norms.items())
        for seen in self._seen:
            if seen.local_norm is not None:
                numbers["grad_norm/local"] = _unscaled(seen.local_norm, seen.scale)
        clips = [clip for seen in self._seen for clip in seen.clips]
        if clips:
            numbers["clip_limits"] = [limit for _, limit in clips]
            numbers.update((f"clip_norm/{i}", norm) for i, (norm, _) in enumerate(clips))

    def _put_scaling(self, numbers: dict[str, Any]) -> None:
        scales = [seen.loss_scale for seen in self._seen if seen.loss_scale is not None]
        if not scales:
            return
        numbers["loss_scale"] = scales[0]
        skips = [seen.skipped for seen in self._seen]
        self._num_skipped += sum(skip is True for skip in skips)
        numbers["skipped_steps"] = self._num_skipped
        fused = [skip for skip in skips if not isinstance(skip, bool)]
        if fused:
            numbers["skipped_here"] = fused[0]


def _unscaled(norm: Any, scale: Any) -> Any:
    return norm if norm is None or scale is None else norm / scale.to(norm.device)


def _number(scale: Any, like: torch.Tensor) -> torch.Tensor:
    """Return a loss scale, 1 where there is none, as one number on a device."""
    return like.new_ones(1) if scale is None else scale.reshape(1)


def _row(
    num_parameters: int,
    num_modules: int,
    makers: list[tuple[list[int], Callable[[Row, float], Row]]],
    sizes: list[int],
    activations: Callable[[Row], Row] | None,
    numbers: Row,
) -> Row:
    """Return the row of the layers' file that numbers, come from a device, amount to."""
    table = np.full((len(GRADIENT_STATISTICS), num_parameters), np.nan, np.float32)
    at = 0
    for (places, readings), size in zip(makers, sizes, strict=True):
        scale = float(numbers[at])
        table[:, places] = readings(numbers[at + 1 : at + 1 + size], scale)
        at += 1 + size
    below = np.full((len(ACTIVATION_STATISTICS), num_modules), np.nan, np.float32)
    if activations is not None:
        below = activations(numbers[at:])
    return np.concatenate([table.ravel(), below.ravel()])


def memory() -> dict[str, float]:
    """Return the peak of what torch holds on its CUDA device, what it holds now, and the process's.

    In bytes; what a system does not tell is left out.
    """
    found = {}
    if torch.cuda.is_available() and torch.cuda.memory_allocated():
        stats = torch.cuda.memory_stats()
        found["memory_bytes"] = float(stats.get("allocated_bytes.all.peak", 0))
        found["memory_now_bytes"] = float(stats.get("allocated_bytes.all.current", 0))
    resident = next(_resident_bytes(), None)
    return found if resident is None else {**found, "process_memory_bytes": resident}


def _resident_bytes() -> Iterator[float]:
    statm = Path("/proc/self/statm")  # Linux
    if statm.exists():
        yield float(int(statm.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
