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

OnError = Callable[[str, Exception], None]
"""Told what is given up, and why."""


@dataclass
class Seen:
    """What was seen of one optimizer since the last call. Numbers may be tensors on its device.

    lr: of each parameter group. norm: of the gradients before clipping, over all ranks; local_norm:
    of this rank's part of sharded ones. scale: what they were still multiplied by then, None for
    nothing. clips: the norm that each clipping found and the one that it allowed. skipped: whether
    a scaler left the step out, or a number on the device that says so. Of several steps between
    two calls the gradients of the first count, the learning rates of the last. times: how often it
    stepped. has_gradient: whether any weight had one; None where no step was seen, or a closure
    computes them.
    """

    lr: list[Any]
    stepped: bool = False
    times: int = 0
    has_gradient: bool | None = None
    norm: Any = None
    local_norm: Any = None
    scale: Any = None
    clips: list[tuple[Any, float]] = field(default_factory=list)
    loss_scale: Any = None
    skipped: Any = False
    complete: Complete | None = None


@dataclass
class _State:
    """An optimizer under watch and what it has done in the step under way.

    scaler: whose factor its gradients may carry; unscaled: they do no more. inside: a scaler's step
    is under way; let_through: in which the optimizer has stepped. last_look, gap: the step of the
    last look at gradients, and how many it came after the one before.
    """

    optimizer: Any
    measurement: Measurement
    ids: frozenset[int]
    seen: Seen
    looked: bool = False
    scaler: Any = None
    unscaled: bool = False
    inside: bool = False
    let_through: bool = False
    last_look: int = 0
    gap: int = 1
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
        on_error: OnError,
        *,
        complete: bool = True,
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Register with each optimizer. watched: the parameters measured as each one steps.

        complete: whether complete sets are taken at all; they may have to be given up.
        """
        self._pace, self._ranks, self._on_error = pace, ranks, on_error
        self.complete, self._stopwatch = complete, stopwatch
        self._number = 1  # of the step under way
        self._broken = False
        self._cost_s = 0.0  # of complete sets, since it was last asked for
        self._stepping: list[Any] = []  # the optimizers whose step is under way
        self._early: list[tuple[list[Any], float, Any, float | None]] = []
        self._states: list[_State] = []
        for optimizer, mine in zip(optimizers, watched, strict=True):
            self.add(optimizer, mine)
        self._interception = Interception(self)
        if not self._interception.sees_clipping:
            on_error("clipping", RuntimeError("this torch is older than 2.6"))

    def add(self, optimizer: Any, watched: Sequence[Watched]) -> None:
        """Register with one more optimizer."""
        ids = frozenset(id(one.tensor) for one in watched)
        state = _State(optimizer, Measurement(watched), ids, Seen(_rates(optimizer)))
        state.handles = [
            optimizer.register_step_pre_hook(self._pre_hook(state)),
            optimizer.register_step_post_hook(self._post_hook(state)),
        ]
        self._states.append(state)
        for clipping in self._early:
            self._safely(self._take_early, state, *clipping)

    def drop(self, optimizer: Any) -> None:
        """Let go of an optimizer that another has replaced."""
        for state in self._states:
            if state.optimizer is optimizer:
                _let_go(state)
        self._states = [state for state in self._states if state.optimizer is not optimizer]

    def take(self, next_step: int) -> list[Seen]:
        """Return what each optimizer did since the last call; `next_step` is under way now."""
        done = []
        for state in self._states:
            if not state.seen.stepped:
                state.seen.lr = _rates(state.optimizer)
            done.append(state.seen)
            state.seen = Seen([])
            state.looked = state.unscaled = state.inside = False
            state.scaler = None
        self._number = next_step
        self._early.clear()
        self._stepping.clear()
        return done

    def take_cost(self) -> float:
        """Return what complete sets have cost since the last call, in seconds of the host."""
        cost_s, self._cost_s = self._cost_s, 0.0
        return cost_s

    def watch(self, watched: Sequence[Sequence[Watched]]) -> None:
        """Measure these parameters from the next step on, where they are others than before."""
        for state, mine in zip(self._states, watched, strict=True):
            if not state.measurement.same_parameters(mine):
                state.measurement = Measurement(mine)
                state.ids = frozenset(id(one.tensor) for one in mine)

    def steps_within(self, optimizer: Any) -> bool:
        """Return whether `optimizer` steps as a part of the step of another that is watched."""
        return any(other is not optimizer for other in self._stepping)

    def release(self) -> None:
        """Let go of the optimizers and of torch's functions."""
        self._interception.release()
        for state in self._states:
            _let_go(state)

    # What torch's clipping and scaling tell (live/interception.py).

    def clipping(
        self, parameters: list[Any], max_norm: float, norm: Any, order: float | None
    ) -> None:
        """Keep the norm that clipping has computed, or compute it while it can be."""
        self._safely(self._clipping, parameters, max_norm, norm, order)

    def clipping_values(self, parameters: list[Any]) -> None:
        """Look at the gradients before they are clamped."""
        given = {id(parameter) for parameter in parameters}
        for state in self._states:
            if not given.isdisjoint(state.ids):
                self._safely(self._look, state, None)

    def scaled(self, scaler: Any) -> None:
        """Remember which scaler is in use."""
        for state in self._states:
            state.scaler = scaler

    def unscaled(self, scaler: Any, optimizer: Any) -> None:
        """Remember that an optimizer's gradients are what they should be."""
        for state in self._of(optimizer):
            state.unscaled = True

    def stepping(self, scaler: Any, optimizer: Any) -> None:
        """Keep the loss scale before the scaler changes it."""
        for state in self._of(optimizer):
            state.inside, state.let_through = True, False
            state.seen.loss_scale = _copied(scaler._scale)

    def stepped(self, scaler: Any, optimizer: Any) -> None:
        """Note a step that was left out, and the gradients for which it was."""
        for state in self._of(optimizer):
            state.inside = False
            if not state.let_through:
                state.seen.skipped = True
                self._safely(self._look, state, None)
                self._safely(self._end, state)

    def _of(self, optimizer: Any) -> list[_State]:
        return [state for state in self._states if state.optimizer is bare(optimizer)]

    def _clipping(
        self, parameters: list[Any], max_norm: float, norm: Any, order: float | None
    ) -> None:
        given = {id(parameter) for parameter in parameters}
        found = [state for state in self._states if not given.isdisjoint(state.ids)]
        if not found:
            self._early.append((parameters, max_norm, norm.detach(), order))
            return
        total = self._ranks.whole(norm)
        for state in found:
            whole = order == 2.0 and given <= state.ids and _has_all(state, given)
            self._look(state, total if whole else None)
            if total is not None:
                state.seen.clips.append((total, max_norm))

    def _take_early(
        self, state: _State, parameters: list[Any], max_norm: float, norm: Any, order: float | None
    ) -> None:
        """Take what was clipped before the optimizer was known: gradients are not as they were."""
        given = {id(parameter) for parameter in parameters}
        if given.isdisjoint(state.ids):
            return
        total = self._ranks.whole(norm)
        if order == 2.0 and given <= state.ids and _has_all(state, given) and not state.looked:
            state.seen.norm = total
        state.looked = True
        if total is not None:
            state.seen.clips.append((total, max_norm))

    def _pre_hook(self, state: _State) -> Callable[..., Any]:
        def hook(optimizer: Any, given: Any, named: Any) -> Any:
            closure = named.get("closure", given[1] if len(given) > 1 else None)
            self._safely(self._before_step, state, callable(closure))
            if not callable(closure) or state.looked or self._broken:
                return None

            def evaluated() -> Any:
                loss = closure()
                self._safely(self._look, state, None)
                return loss

            if "closure" in named:
                return given, {**named, "closure": evaluated}
            return (given[0], evaluated, *given[2:]), named

        return hook

    def _post_hook(self, state: _State) -> Callable[..., None]:
        def hook(optimizer: Any, *_: Any) -> None:
            self._safely(self._after_step, state)

        return hook

    def _safely(self, act: Callable[..., None], *arguments: Any) -> None:
        if self._broken:
            return
        try:
            act(*arguments)
        except Exception as error:  # a fault of ours must not end the training
            self._broken, self.complete = True, False
            self._on_error("gradients", error)

    def _before_step(self, state: _State, has_closure: bool) -> None:
        # The rates are read here because a scheduler may have moved them by the time of `take`.
        state.seen.lr = _rates(state.optimizer)
        state.seen.stepped = state.let_through = True
        state.seen.times += 1
        self._stepping.append(state.optimizer)
        if not state.inside:
            state.scaler = None  # what no scaler steps carries no factor
        found_inf = getattr(state.optimizer, "found_inf", None)
        if found_inf is not None:  # a fused optimizer divides and skips within its own step
            factor = getattr(state.optimizer, "grad_scale", None)
            if not state.looked:
                state.seen.scale = _copied(factor)
            state.scaler = None
            state.seen.skipped = found_inf != 0
            if state.seen.loss_scale is None:
                state.seen.loss_scale = _copied(factor)
        if not has_closure:  # a closure computes the gradients, within the step
            weights = state.measurement.watched
            state.seen.has_gradient = any(one.tensor.grad is not None for one in weights)
            self._look(state, None)

    def _after_step(self, state: _State) -> None:
        if state.optimizer in self._stepping:
            del self._stepping[self._stepping.index(state.optimizer) :]
        self._end(state)

    def _look(self, state: _State, norm: Any) -> None:
        """Measure the gradients as they are now, once a step. norm: of all, where it is known."""
        if state.looked:
            return
        state.looked = True
        state.gap = self._number - state.last_look if state.last_look else 1
        state.last_look = self._number
        if state.scaler is not None and not state.unscaled:
            state.seen.scale = _copied(state.scaler._scale)
        own = self._begin(state)
        if norm is not None:
            state.seen.norm = norm
        elif state.measurement.is_sharded:
            own_part, shared, state.seen.local_norm = state.measurement.norms_by_sharding()
            state.seen.norm = self._ranks.joint(own_part, shared)
        else:
            state.seen.norm = own if own is not None else state.measurement.norm()

    def _begin(self, state: _State) -> Any:
        """Begin a complete set where one is due; return the norm of all gradients, if computed.

        Other ranks wait for this one's norm, so what fails here must not keep it from them.
        """
        if not self.complete:
            return None
        started, own = self._stopwatch(), None
        try:
            if self._pace.is_due(self._number):
                own = state.measurement.begin()
            elif self._pace.is_due(self._number + max(state.gap, 1)):
                state.measurement.keep_directions()
            else:
                state.measurement.forget_directions()
                return None
        except Exception as error:  # as in _safely
            self._give_up_complete(error)
        self._cost_s += self._stopwatch() - started
        return own

    def _end(self, state: _State) -> None:
        started = self._stopwatch()
        try:
            complete = state.measurement.end()
        except Exception as error:  # as in _safely
            self._give_up_complete(error)
            return
        if complete is not None:
            state.seen.complete = complete
            self._cost_s += self._stopwatch() - started

    def _give_up_complete(self, error: Exception) -> None:
        self.complete = False
        self._on_error("statistics by layer", error)


def bare(optimizer: Any) -> Any:
    """Return the torch optimizer inside of what Accelerate and others wrap around it."""
    inner = getattr(optimizer, "optimizer", None)
    return optimizer if inner is None or inner is optimizer else bare(inner)


def _let_go(state: _State) -> None:
    for handle in state.handles:
        handle.remove()
    state.handles = []


def _has_all(state: _State, given: set[int]) -> bool:
    """Return whether all parameters of an optimizer that have a gradient are given."""
    mine = {id(w.tensor) for w in state.measurement.watched if w.tensor.grad is not None}
    return mine <= given


def _rates(optimizer: Any) -> list[Any]:
    return [_copied(group["lr"]) if "lr" in group else None for group in optimizer.param_groups]


def _copied(number: Any) -> Any:
    """Return a number; a tensor, which may be changed in place later, as a copy."""
    return number.detach().clone() if hasattr(number, "detach") else number
