"""A sweep's report as data: what `neural-trainer sweep --json` prints."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from neural_trainer.study.estimates import LEVEL
from neural_trainer.study.sweep.report import Report, Row
from neural_trainer.study.sweep.storage import shown_url

SCHEMA = "neural-trainer/sweep/1"


def to_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON has it. Shares and hours are rounded, values are not."""
    sweep, best = report.sweep, report.best
    interval = report.interval
    return {
        "schema": SCHEMA,
        "name": sweep.name,
        "folder": str(sweep.folder),
        "plan": report.plan or None,
        "objective": dataclasses.asdict(sweep.objective),
        "sampler": sweep.sampler,
        "storage": shown_url(sweep.storage),
        "places": report.num_places,
        "states": report.counts,
        "best": None if best is None else {
            **_row(best), "level": LEVEL, "interval": None if interval is None else list(interval)
        },
        "rivals": [
            {
                "trial": number, "verdict": c.verdict, "difference": c.difference,
                "interval": [_finite(c.estimate.low), _finite(c.estimate.high)],
                "level": c.estimate.level, "p": c.p, "method": c.estimate.method,
            }
            for number, c in report.rivals.items()
        ],
        "importance": {
            name: {"share": round(share.value, 4), "interval": [round(share.low, 4),
                                                                round(share.high, 4)]}
            for name, share in report.importance.items()
        },
        "no_importance": report.no_importance,
        "at_boundary": [dataclasses.asdict(found) for found in report.boundaries],
        "cost": {
            "hours": round(report.hours(), 4),
            "gpu_hours": round(sum(row.gpu_hours for row in report.rows), 4),
            "hours_pruned": round(report.hours("pruned"), 4),
            "hours_lost": round(report.hours("failed") + report.hours("preempted"), 4),
        },
        "bad_nodes": report.bad_nodes,
        "trials": [_row(row) for row in report.rows],
        "notes": list(report.notes),
        "next": report.next,
    }  # fmt: skip


def _row(row: Row) -> dict[str, Any]:
    return dataclasses.asdict(row)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
