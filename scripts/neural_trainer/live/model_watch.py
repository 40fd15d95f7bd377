"""What is seen of a model and its optimizers in a step: numbers of a line, statistics by layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.optim.optimizer import register_optimizer_step_pre_hook

from neural_trainer.layers.activations import Activations
from neural_trainer.layers.flow import Flow
from neural_trainer.layers.hooks import Hook
from neural_trainer.layers.reductions import joint, vector
from neural_trainer.layers.untrained import untrained
from neural_trainer.layers.watched import Watched, held_by, watched
from neural_trainer.live.idle import Idle
from neural_trainer.live.memory_held import MemoryHeld
from neural_trainer.live.optimizer_steps import OnError, OptimizerSteps, Seen, bare
from neural_trainer.live.pace import Pace
from neural_trainer.live.ranks import Ranks
from neural_trainer.runs.layers import (
    ACTIVATION_STATISTICS,
    GRADIENT_STATISTICS,
    Module,
    Parameter,
)

Row = NDArray[np.float32]

# Steps between looks at batches, outputs and losses, and at which parameters there are; complete
# sets may lie closer. The first ones are all looked at.
APART = 10


class Later(NamedTuple):
    """A complete set on its device, what makes a row of its numbers, and what the row is of."""

    numbers: torch.Tensor
    row: Callable[[Row], Row]
    parameters: tuple[Parameter, ...]
    modules: tuple[Module, ...]


class ModelWatch:
    """Watches a model and its optimizers through hooks, until it is released.

    Optimizers that step the model's parameters and were not given are found as they step.
    """

    def __init__(
        self,
        model: Any,
        optimizers: Sequence[Any],
        pace: Pace,
        ranks: Ranks,
        on_error: OnError,
        *,
        activations: bool | Sequence[str] = False,
        complete: bool = True,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """activations: whether, or of which modules, by patterns. complete: take layers at all."""
        self.pace, self.complete = pace, complete
        self._model, self._optimizers = model, [bare(optimizer) for optimizer in optimizers]
        self._stopwatch, self._on_error = stopwatch, on_error
        self._watched = watched(model, self._optimizers)
        self._held = self._parameters_held()
        self._steps = OptimizerSteps(
            self._optimizers, self._shares(), pace, ranks, on_error,
            complete=complete, stopwatch=stopwatch,
        )  # fmt: skip
        self._handles: list[Any] = [register_optimizer_step_pre_hook(self._sees_step)]
        self._activations: Activations | None = None
        self._flow: Flow | None = None
        if model is not None and complete:
            self._flow = Flow(model, on_error)
            self._flow.on = pace.is_due(1)
        if model is not None:
            self._handles.append(model.register_forward_pre_hook(Hook(self._forward_begins)))
            if activations and complete:
                patterns = () if activations is True else tuple(activations)
                failed = partial(on_error, "module outputs")
                self._activations = Activations(model, patterns, failed)
                self._activations.on = pace.is_due(1)
        self._looked_at = self._compared_at = 1  # steps: batches, and which parameters there are
        self._waiting_since: float | None = None
        self._waited_s: float | None = None
        self._varied = False  # whether groups ever had different learning rates
        self._memory = MemoryHeld()
        self._idle = Idle()
        self._num_skipped: Any = 0  # a tensor where the device alone knows
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
        if self._flow is not None:
            self._put_flow(self._flow, step, numbers)
        numbers.update(self._memory.read())
        return numbers

    def layers(self, step: int) -> Later | None:
        """Return the complete set of `step`; None where none is due or no optimizer has stepped.

        To be called once after `took`. What is due stays so until an optimizer steps, where several
        calls of the Monitor make one step.
        """
        due = self.complete and self.pace.is_due(step)
        sets = [(i, seen) for i, seen in enumerate(self._seen) if seen.complete is not None]
        alone = due and not (self._optimizers and self._steps.complete)  # no set will come
        later = self._later(sets) if sets or alone else None
        if sets or alone:
            self.pace.taken(step)
        soon = self.pace.is_due(step + 1)
        if self._activations is not None:
            self._activations.on = soon
        if self._flow is not None:
            self._flow.on = soon and _is_time(step + 1, self._looked_at)
            if self._flow.on:
                self._looked_at = step + 1
        return later

    def evaluated(self) -> dict[str, float]:
        """Return what was seen of the evaluation that has just been made."""
        return {} if self._flow is None else self._flow.evaluated()

    def take_cost(self) -> float:
        """Return what complete sets have cost since the last call, in seconds of the host."""
        return self._steps.take_cost()

    def look_for_changes(self, step: int) -> None:
        """Look at the model's parameters again, and measure from now on those that it has."""
        if not _is_time(step, self._compared_at):
            return
        self._compared_at = step
        held = self._parameters_held()
        if held != self._held:
            self._held = held
            self._watched = watched(self._model, self._optimizers)
            self._steps.watch(self._shares())

    def go_on(self) -> None:
        """The step has been recorded: the time to the next forward pass is waiting for data."""
        self._waiting_since = self._stopwatch()

    def release(self) -> None:
        """Take all hooks away."""
        self._steps.release()
        self._idle.release()
        for part in (self._activations, self._flow):
            if part is not None:
                part.release()
        for handle in self._handles:
            handle.remove()
        self._handles.clear()
        self._memory.close()

    def _forward_begins(self, module: Any, inputs: Any) -> None:
        if torch.compiler.is_compiling() or self._waiting_since is None:
            return
        if module is not self._model:  # a replica of DataParallel shares its hooks
            return
        if torch.is_grad_enabled() and module.training:
            self._waited_s = self._stopwatch() - self._waiting_since
            self._waiting_since = None

    def _later(self, sets: list[tuple[int, Seen]]) -> Later | None:
        """Return the sets of several optimizers, and module outputs, as one."""
        active = self._activations.measure() if self._activations is not None else None
        parts, makers, sizes = [], [], []
        for i, seen in sets:
            assert seen.complete is not None
            numbers, readings = seen.complete
            parts += [_number(seen.scale, numbers), numbers]
            makers.append((self._places[i], readings))
            sizes.append(len(numbers))
        if active is not None:
            parts.append(active[0])
        if not parts:
            return None
        parameters, modules = self.parameters, self.modules
        row = partial(
            _row, len(parameters), len(modules), makers, sizes, active and active[1]
        )  # fmt: skip
        return Later(vector(parts), row, parameters, modules)

    def _sees_step(self, optimizer: Any, *_: Any) -> None:
        """Watch an optimizer that is about to step parameters of ours; none of torch's if it fails.

        One that steps as a part of another's step is that one's own affair.
        """
        if any(optimizer is known for known in self._optimizers):
            return
        try:
            if not self._steps.steps_within(optimizer):
                self._add(optimizer)
        except Exception as error:  # a fault of ours must not end the training
            self._on_error("an optimizer that was found", error)

    def _add(self, optimizer: Any) -> None:
        held = _ids([optimizer])
        own = () if self._model is None else self._model.parameters()
        now = {id(parameter) for parameter in own}
        if held.isdisjoint(now | {id(one.tensor) for one in self._watched}):
            return
        for known in list(self._optimizers):  # what is left of the model to one that is replaced
            if (_ids([known]) & now if now else _ids([known])) <= held:
                self._steps.drop(known)
                self._optimizers.remove(known)
        self._optimizers.append(optimizer)
        self._held = self._parameters_held()
        self._watched = watched(self._model, self._optimizers)
        *others, share = self._shares()
        self._steps.watch(others)
        self._steps.add(optimizer, share)

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

    def _parameters_held(self) -> tuple[Any, ...]:
        """Return which parameters model and optimizers hold, and where, to be compared."""
        own = [] if self._model is None else held_by(self._model)
        groups = [group["params"] for o in self._optimizers for group in o.param_groups]
        return (
            [(id(parameter), parameter.requires_grad) for parameter in own],
            [[id(parameter) for parameter in group] for group in groups],
        )

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

    def _put_flow(self, flow: Flow, step: int, numbers: dict[str, Any]) -> None:
        """Put what is told of passes and losses and, of a step that is looked at, of optimizers."""
        self._idle.took(self._optimizers, self._seen, self._model.parameters())
        if step == APART:  # what there is has stepped by now
            numbers.update(untrained(self._watched))
        if flow.on:
            numbers.update(self._idle.look())
            for key in ("eps", "weight_decay"):
                found = [g[key] for o in self._optimizers for g in o.param_groups if key in g]
                if found and all(isinstance(value, float | int) for value in found):
                    numbers[f"optimizer_{key}"] = float(max(found))
        seen = flow.take()
        if any(each.times > 1 for each in self._seen):  # each step has passes of its own
            seen.pop("criterion_weight", None)
            seen.pop("criterion_calls", None)
        elif "criterion_weight" in seen:
            scale = numbers.get("loss_scale")
            seen["criterion_weight"] = _unscaled(seen["criterion_weight"], scale)
        numbers.update(seen)

    def _put_scaling(self, numbers: dict[str, Any]) -> None:
        scales = [seen.loss_scale for seen in self._seen if seen.loss_scale is not None]
        if not scales:
            return
        numbers["loss_scale"] = scales[0]
        for seen in self._seen:
            if seen.skipped is not False:
                self._num_skipped = self._num_skipped + seen.skipped
        numbers["skipped_steps"] = self._num_skipped


def _is_time(step: int, last: int) -> bool:
    """Return whether what a set at each step need not repeat is looked at again."""
    return step <= APART or step >= last + APART


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


def _ids(optimizers: Sequence[Any]) -> set[int]:
    groups = (group for optimizer in optimizers for group in optimizer.param_groups)
    return {id(parameter) for group in groups for parameter in group["params"]}
