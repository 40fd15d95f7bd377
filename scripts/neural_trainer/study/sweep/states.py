"""How trials end. Optuna knows complete, pruned and failed; the rest lies in their attributes."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any, Literal

State = Literal[
    "waiting", "running", "complete", "pruned", "infeasible", "failed", "preempted", "surplus"
]
ENDED: tuple[State, ...] = ("complete", "pruned", "infeasible", "failed", "preempted")
RETRIED: tuple[State, ...] = ("failed", "preempted")
"""What the same settings may do better another time. infeasible: they cannot be run, or end in no
number; surplus: a trial that two workers began at once, without a place in the sweep."""

# User attributes of a trial.
SLOT, STATE, REASON, CAUSE = "slot", "state", "reason", "cause"
NODE, FOLDER, RUN, ERROR, REPEATS = "node", "folder", "run", "error", "repeats"
PRUNING = "pruning"  # why it is to be stopped, noted before it is
DURATION, GPU_HOURS, STEPS, BEAT, COMMAND = "duration_s", "gpu_hours", "steps", "beat", "command"


@dataclass(frozen=True)
class Ending:
    """How a trial ended. value, error: of the objective, None where there is none.

    reason: one sentence of ours. cause: of the diagnosis, or of the crash. repeats: whether the
    same would happen again.
    """

    state: State
    reason: str = ""
    value: float | None = None
    error: float | None = None
    cause: str = ""
    repeats: bool = False
    duration_s: float = 0.0
    gpu_hours: float = 0.0
    steps: float | None = None


def state_of(trial: Any) -> State:
    """Return how a trial of Optuna stands.

    A state that was noted before Optuna was told counts only once it was told.
    """
    name = trial.state.name
    if name in ("WAITING", "RUNNING"):
        return "waiting" if name == "WAITING" else "running"
    if name == "COMPLETE":
        return "complete"
    noted = trial.user_attrs.get(STATE)
    if name == "PRUNED":
        return "pruned"
    if noted in ("infeasible", "preempted", "surplus"):
        state: State = noted
        return state
    return "failed"


def by_slot(trials: Iterable[Any]) -> dict[int, list[Any]]:
    """Return the trials of each place in the sweep, the first attempt first."""
    found: dict[int, list[Any]] = {}
    for trial in sorted(trials, key=lambda t: int(t.number)):
        slot = trial.user_attrs.get(SLOT)
        if isinstance(slot, int):
            found.setdefault(slot, []).append(trial)
    return found


def is_due_again(attempts: list[Any], retries: int, of_bad_nodes: Container[int] = ()) -> bool:
    """Return whether a place is to be tried once more, given its attempts so far.

    of_bad_nodes: trials that a node is to blame for: they say nothing of the settings.
    """
    last = attempts[-1]
    if state_of(last) not in RETRIED:
        return False
    counted = [trial for trial in attempts if trial.number not in of_bad_nodes]
    will_repeat = last.user_attrs.get(REPEATS, False) and last.number not in of_bad_nodes
    return not will_repeat and len(counted) <= retries
