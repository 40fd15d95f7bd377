"""What optimizers do between two calls of the Monitor, seen by hooks: no loop is changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from neural_trainer.layers.measurement import Complete, Measurement
from neural_trainer.layers.watched import Watched
from neural_trainer.live.interception import Interception
from neural_trainer.live.pace import Pace
from neural_trainer.live.ranks import Ranks


@dataclass
class Seen:
    """What was seen of one optimizer since the last call. Numbers may be tensors on its device.

    lr: of each parameter group. norm: of the gradients before clipping, over all ranks; local_norm:
    of this rank's part of sharded ones. scale: what they were still multiplied by then, None for
    nothing. clips: the norm that each clipping found and the one that it allowed. skipped: whether
    a scaler left the step out, or a number on the device that says so.
    """

    lr: list[Any]
    stepped: bool = False
    norm: Any = None
    local_norm: Any = None
    scale: Any = None
    clips: list[tuple[Any, float]] = field(default_factory=list)
    loss_scale: Any = None
    skipped: Any = False
    complete: Complete | None = None


@dataclass
class _State:
    """An optimizer under watch and what it has done in the step under way."""

    optimizer: Any
    measurement: Measurement
    ids: frozenset[int]
    seen: Seen
    looked: bool = False
    unscaled: bool = False
    scaler: Any = None
    handles: list[Any] = field(default_factory=list)


class OptimizerSteps:
    """Sees each step of optimizers: learning rates, gradient norms, clipping, scaling, skips.

    At the steps where `pace` says so the complete set is taken too. What fails here is told to
    `on_error` and given up; the training goes on.
    """

    def __init__(
        self,
        optimizers: Sequence[Any],
        watched: Sequence[Sequence[Watched]],
        pace: Pace,
        ranks: Ranks,
        on_error: Callable[[Exception], None],
        *,
        complete: bool = True,
    ) -> None:
        """Register with each optimizer. watched: the parameters measured as each one steps.

        complete: whether complete sets are taken at all.
        """
        self._pace, self._ranks, self._on_error = pace, ranks, on_error
        self._complete = complete
        self._number = 1  # of the step under way
        self._broken = False
        self._cost_s = 0.0  # of beginning a complete set
        self._states: list[_State] = []
        for optimizer, mine in zip(optimizers, watched, strict=True):
            self.add(optimizer, mine)
        self._interception = Interception(self)
        self.sees_clipping = self._interception.sees_clipping

    def add(self, optimizer: Any, watched: Sequence[Watched]) -> None:
        """Register with one more optimizer."""
        ids = frozenset(id(one.tensor) for one in watched)
        state = _State(optimizer, Measurement(watched), ids, Seen(_rates(optimizer)))
        state.handles = [
            optimizer.register_step_pre_hook(self._hook(self._before_step, state)),
            optimizer.register_step_post_hook(self._hook(self._after_step, state)),
        ]
        self._states.append(state)

    def take(self, next_step: int) -> list[Seen]:
        """Return what each optimizer did since the last call; `next_step` is under way now."""
        done = []
        for state in self._states:
            if not state.seen.stepped:
                state.seen.lr = _rates(state.optimizer)
            done.append(state.seen)
            state.seen = Seen([])
            state.looked = state.unscaled = False
            state.scaler = None
        self._number = next_step
        return done

    def watch(self, watched: Sequence[Sequence[Watched]]) -> None:
        """Measure these parameters from the next step on, where they are others than before."""
        for state, mine in zip(self._states, watched, strict=True):
            if not state.measurement.same_parameters(mine):
                state.measurement = Measurement(mine)
                state.ids = frozenset(id(one.tensor) for one in mine)

    @property
    def measured(self) -> list[Measurement]:
        """What measures each optimizer's parameters."""
        return [state.measurement for state in self._states]

    def release(self) -> None:
        """Let go of the optimizers and of torch's functions."""
        self._interception.release()
        for state in self._states:
            for handle in state.handles:
                handle.remove()
            state.handles = []

    # What torch's clipping and scaling tell (live/interception.py).

    def clipping(self, parameters: list[Any], max_norm: float, norm: Any, order: float) -> None:
        """Keep the norm that clipping has computed, or compute it while it can be."""
        self._safely(self._clipping, parameters, max_norm, norm, order)

    def clipping_values(self, parameters: list[Any]) -> None:
        """Look at the gradients before they are clamped."""
        for state in self._of(parameters):
            self._safely(self._look, state, None)

    def scaled(self, scaler: Any) -> None:
        """Remember which scaler is in use."""
        for state in self._states:
            state.scaler = scaler

    def unscaled(self, scaler: Any, optimizer: Any) -> None:
        """Remember that an optimizer's gradients are what they should be."""
        for state in self._of_optimizer(optimizer):
            state.unscaled = True

    def stepping(self, scaler: Any, optimizer: Any) -> None:
        """Keep the loss scale before the scaler changes it."""
        for state in self._of_optimizer(optimizer):
            state.seen.loss_scale = _copied(scaler._scale)

    def stepped(self, scaler: Any, optimizer: Any) -> None:
        """Note a step that was left out."""
        for state in self._of_optimizer(optimizer):
            if not state.seen.stepped:
                state.seen.skipped = True

    def _of(self, parameters: list[Any]) -> list[_State]:
        given = {id(parameter) for parameter in parameters}
        return [state for state in self._states if not given.isdisjoint(state.ids)]

    def _of_optimizer(self, optimizer: Any) -> list[_State]:
        return [state for state in self._states if state.optimizer is bare(optimizer)]

    def _clipping(self, parameters: list[Any], max_norm: float, norm: Any, order: float) -> None:
        given = {id(parameter) for parameter in parameters}
        for state in self._states:
            if not given.isdisjoint(state.ids):
                whole = order == 2.0 and given <= state.ids and _has_all(state, given)
                norm = self._ranks.whole(norm)
                self._look(state, norm if whole else None)
                if norm is not None:
                    state.seen.clips.append((norm, max_norm))

    def _hook(self, act: Callable[[_State], None], state: _State) -> Callable[..., None]:
        def hook(optimizer: Any, *_: Any) -> None:
            self._safely(act, state)

        return hook

    def _safely(self, act: Callable[..., None], *arguments: Any) -> None:
        if self._broken:
            return
        try:
            act(*arguments)
        except Exception as error:  # a fault of ours must not end the training
            self._broken = True
            self._on_error(error)

    def _before_step(self, state: _State) -> None:
        # The rates are read here because a scheduler may have moved them by the time of `take`.
        state.seen.lr = _rates(state.optimizer)
        state.seen.stepped = True
        fused_scale = getattr(state.optimizer, "grad_scale", None)
        if fused_scale is not None:  # a fused optimizer divides and skips within its own step
            state.seen.scale = state.seen.loss_scale = _copied(fused_scale)
            state.seen.skipped = getattr(state.optimizer, "found_inf", False)
            state.unscaled = True
        self._look(state, None)

    def _after_step(self, state: _State) -> None:
        started = time.perf_counter()
        state.seen.complete = state.measurement.end()
        if state.seen.complete is not None:
            self._pace.observe_cost(self._cost_s + time.perf_counter() - started)

    def _look(self, state: _State, norm: Any) -> None:
        """Measure the gradients as they are now, once a step. norm: of all, where it is known."""
        if state.looked:
            return
        state.looked = True
        if state.scaler is not None and not state.unscaled and state.seen.scale is None:
            state.seen.scale = _copied(state.scaler._scale)
        if self._complete and self._pace.is_due(self._number):
            started = time.perf_counter()
            own = state.measurement.begin()
            self._cost_s = time.perf_counter() - started
        else:
            own = None
            if self._complete and self._pace.is_due(self._number + 1):
                state.measurement.gradient_sample()
        if norm is not None:
            state.seen.norm = norm
        elif state.measurement.is_sharded:
            parts = state.measurement.norms_by_sharding()
            state.seen.norm, state.seen.local_norm = self._ranks.joint(*parts)
        else:
            state.seen.norm = own if own is not None else state.measurement.norm()


def bare(optimizer: Any) -> Any:
    """Return the torch optimizer inside of what Accelerate and others wrap around it."""
    inner = getattr(optimizer, "optimizer", None)
    return optimizer if inner is None or inner is optimizer else bare(inner)


def _has_all(state: _State, given: set[int]) -> bool:
    """Return whether all parameters of an optimizer that have a gradient are given."""
    mine = {id(w.tensor) for w in state.measurement.watched if w.tensor.grad is not None}
    return mine <= given


def _rates(optimizer: Any) -> list[Any]:
    return [_copied(group["lr"]) if "lr" in group else None for group in optimizer.param_groups]


def _copied(number: Any) -> Any:
    """Return a number; a tensor, which may be changed in place later, as a copy."""
    return number.detach().clone() if hasattr(number, "detach") else number
