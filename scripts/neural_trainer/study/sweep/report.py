"""What a sweep has found so far: the best, its rivals, what matters, what it cost, what is next."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_trainer.live.launch.ending import shown_path
from neural_trainer.study.compare import Comparison
from neural_trainer.study.estimates import LEVEL
from neural_trainer.study.sweep import places, states
from neural_trainer.study.sweep.boundary import AtBoundary, at_boundary
from neural_trainer.study.sweep.importance import Share, importance
from neural_trainer.study.sweep.rivals import MOST, compared
from neural_trainer.study.sweep.run_ending import NO_CAUSES
from neural_trainer.study.sweep.settings import Sweep
from neural_trainer.study.sweep.states import State
from neural_trainer.study.sweep.sweep_file import Kept


@dataclass(frozen=True)
class Row:
    """One trial. error: of the value, by the noise within its run; None where not known."""

    number: int
    slot: int
    state: State
    value: float | None
    error: float | None
    settings: dict[str, Any]
    reason: str
    cause: str
    node: str
    folder: str
    duration_s: float
    gpu_hours: float

    @property
    def why(self) -> str:
        """Why it ended without a value: the cause where one is known."""
        return self.reason if self.cause in NO_CAUSES else self.cause


@dataclass(frozen=True)
class Report:
    """A sweep as it stands. counts: of places, each by its last attempt. rows: all attempts.

    rivals: the next best by number, each compared with the best. importance: shares, or none and
    why. bad_nodes: with the trials they are to blame for.
    """

    sweep: Sweep
    plan: str
    rows: tuple[Row, ...]
    counts: dict[State, int]
    num_places: int
    best: Row | None
    rivals: dict[int, Comparison]
    importance: dict[str, Share]
    no_importance: str
    boundaries: tuple[AtBoundary, ...]
    bad_nodes: dict[str, list[int]]
    notes: tuple[str, ...]
    next: str

    @property
    def num_ended(self) -> int:
        """Places whose last attempt gave a value or was pruned."""
        return self.counts.get("complete", 0) + self.counts.get("pruned", 0)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where the best one's value lies at LEVEL, by the noise within its run alone."""
        best = self.best
        if best is None or best.value is None or best.error is None:
            return None
        from scipy.special import ndtri

        half = float(ndtri((1 + LEVEL) / 2)) * best.error
        return best.value - half, best.value + half

    def hours(self, state: State | None = None) -> float:
        """Return the hours that trials took, of all states or of one."""
        return sum(r.duration_s for r in self.rows if state in (None, r.state)) / 3600


def report_of(asked: Kept, study: Any) -> Report:
    """Return the report of a study as it stands now."""
    sweep = asked.sweep
    trials = study.get_trials(deepcopy=False)
    slots = states.by_slot(trials)
    rows = tuple(_row(trial) for attempts in slots.values() for trial in attempts)
    last = {slot: states.state_of(attempts[-1]) for slot, attempts in slots.items()}
    ranked = _ranked(rows, sweep)
    best = ranked[0] if ranked and not asked.plan else None
    rivals: dict[int, Comparison] = {}
    shares: dict[str, Share] = {}
    why, notes = "", list[str]()
    edges: Sequence[AtBoundary] = ()
    if best is not None:
        others = [(row.number, Path(row.folder)) for row in ranked[1 : 1 + MOST]]
        rivals, notes = compared(Path(best.folder), others, sweep.objective)
        shares, why = importance(study)
        edges = at_boundary(sweep.space, best.settings)
    blamed = {
        key.removeprefix(places.BAD_NODE): list(numbers)
        for key, numbers in study.user_attrs.items()
        if key.startswith(places.BAD_NODE)
    }
    counts: dict[State, int] = dict(Counter(last.values()))
    return Report(
        sweep, asked.plan, rows, counts, len(slots), best, rivals, shares, why, tuple(edges),
        blamed, tuple(notes), _next(asked, counts, best),
    )  # fmt: skip


def _row(trial: Any) -> Row:
    noted = trial.user_attrs
    state = states.state_of(trial)
    value = trial.value if state == "complete" else None
    return Row(
        int(trial.number), int(noted[states.SLOT]), state, value, noted.get(states.ERROR),
        dict(trial.params), str(noted.get(states.REASON, "")), str(noted.get(states.CAUSE, "")),
        str(noted.get(states.NODE, "")), str(noted.get(states.FOLDER, "")),
        float(noted.get(states.DURATION) or 0.0), float(noted.get(states.GPU_HOURS) or 0.0),
    )  # fmt: skip


def _ranked(rows: Sequence[Row], sweep: Sweep) -> list[Row]:
    """Return the trials that came to their end, the best first."""
    sign = 1 if sweep.objective.low else -1
    valued = [(row.value, row) for row in rows if row.value is not None]
    return [row for _, row in sorted(valued, key=lambda pair: (sign * pair[0], pair[1].number))]


def _next(asked: Kept, counts: dict[State, int], best: Row | None) -> str:
    if counts.get("waiting") or counts.get("running"):
        return asked.again
    if asked.plan:
        return f"neural-trainer compare --plan {shlex.quote(shown_path(asked.plan))}"
    if best is None:
        return "neural-trainer launch list"
    return f"neural-trainer curves {shlex.quote(shown_path(best.folder))}"
