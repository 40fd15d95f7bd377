"""Whether a run that ended badly is started again: within its cap, and never for what repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from neural_trainer.live.launch.crash import Crash

MOST_WAIT_S = 600.0


class Attempt(NamedTuple):
    """One start of the command. first_step, last_step: seen in this attempt, None: no step.

    ended: how, in our words. crash: None where it did not crash.
    """

    number: int
    first_step: float | None
    last_step: float | None
    ended: str
    crash: Crash | None


class Decision(NamedTuple):
    """Whether to start again, why (not), and after how many seconds."""

    again: bool
    why: str
    wait_s: float = 0.0


def decide(attempts: Sequence[Attempt], most: int, backoff_s: float) -> Decision:
    """Return whether the run is started again after the last of `attempts`, which crashed."""
    last = attempts[-1]
    crash = last.crash
    if crash is None:
        return Decision(False, "it did not crash")
    if crash.repeats == "always":
        return Decision(False, "not restarted: the same would happen again")
    done = len(attempts) - 1
    before = attempts[-2] if done else None
    if before is not None and before.crash is not None and before.crash.id == crash.id:
        if last.last_step is None:
            return Decision(False, "not restarted: it ended so twice, before any step")
        if last.last_step == before.last_step:
            return Decision(
                False, f"not restarted: it ended so twice at the same step, {last.last_step:g}"
            )
    if done >= most:
        told = "restarts were not asked for (--restarts N)" if not most else f"all {most} are used"
        return Decision(False, f"not restarted: {told}")
    if crash.repeats == "same-step" and last.last_step is None:
        return Decision(False, "not restarted: it ended so before any step")
    wait_s = min(backoff_s * 2**done, MOST_WAIT_S)
    return Decision(True, f"restart {done + 1} of {most}", wait_s)
