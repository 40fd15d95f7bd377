"""Comparisons as plain data, with the schema that programs may hold them to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from neural_trainer.study.compare import Comparison, Reading
from neural_trainer.study.ends import Outcome

SCHEMA = "neural-trainer/comparison/1"
SCHEMA_OF_SEVERAL = "neural-trainer/comparisons/1"
LIMIT = "One run each: the difference between seeds is not in this error."


def to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as plain data; numbers that are not finite become strings.

    limit: what the error leaves out, empty where it leaves out nothing. at: of the readings, that
    which gave the verdict. runs_needed: further ones a side, null where no number can be told.
    """
    c = comparison
    return {
        "schema": SCHEMA,
        "measure": c.measure,
        "lower_is_better": c.lower_is_better,
        "before": _outcome(c.before),
        "after": _outcome(c.after),
        "difference": _plain(c.difference),
        "standard_error": _plain(c.error),
        "verdict": c.verdict,
        "limit": LIMIT if c.alone else "",
        "interval": [_plain(c.estimate.low), _plain(c.estimate.high)],
        "level": c.estimate.level,
        "p": _plain(c.p),
        "method": c.estimate.method,
        "statistic": c.statistic,
        "paired_by": c.pairing.by,
        "num_pairs": len(c.pairing.pairs),
        "margin": None if c.margin is None else _plain(c.margin),
        "runs_needed": c.further.count,
        "runs_needed_why": c.further.why,
        "reason": c.why,
        "at": c.at,
        "readings": {reading.at: _reading(reading) for reading in c.readings},
        "before_runs": [_outcome(run) for run in c.before_runs],
        "after_runs": [_outcome(run) for run in c.after_runs],
        "notes": list(c.notes),
    }


def all_to_dict(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    """Return one comparison as it is, several in a list, in the order asked for."""
    if len(comparisons) == 1:
        return to_dict(comparisons[0])
    each = [to_dict(comparison) for comparison in comparisons]
    return {"schema": SCHEMA_OF_SEVERAL, "correction": "holm", "comparisons": each}


def _reading(reading: Reading) -> dict[str, Any]:
    e = reading.estimate
    if e is None:
        return {"not_compared": reading.reason}
    return {
        "place": _plain(reading.place), "unit": reading.unit,
        "difference": _plain(e.difference), "interval": [_plain(e.low), _plain(e.high)],
        "standard_error": _plain(e.error), "p": _plain(e.p),
    }  # fmt: skip


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else _plain(value)
            for name, value in vars(outcome).items()}  # fmt: skip


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
