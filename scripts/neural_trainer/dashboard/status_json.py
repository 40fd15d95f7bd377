"""How runs stand, as plain data for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from neural_trainer.dashboard.alarms import Alarms
from neural_trainer.dashboard.status import Status

SCHEMA = "neural-trainer/monitor/1"


def to_json(statuses: Sequence[Status], now_s: float, num_older: int = 0) -> str:
    """Return the runs as one JSON object; numbers that are not finite are null."""
    told = {
        "schema": SCHEMA,
        "older_runs": num_older,
        "runs": [plain(status, now_s) for status in statuses],
    }
    return json.dumps(finite(told), indent=2, allow_nan=False)


def plain(status: Status, now_s: float) -> dict[str, Any]:
    """Return how one run stands."""
    run = status.run
    read = run is not None
    return {
        "run": status.name,
        "path": status.path,
        "read": read,
        "format": run.format if run is not None else None,
        "axis": run.axis if run is not None else None,
        "state": status.state,
        "changed": status.changed,
        "silent": status.is_silent(now_s),
        "step": run.last_step if run is not None else None,
        "total_steps": status.total,
        "steps_per_s": status.steps_per_s,
        "seconds_left": status.seconds_left,
        "chief_signal": status.chief or None,
        "signals": {
            m.name: {
                "step": m.step, "now": m.now, "smoothed": m.smoothed, "best": m.best,
                "best_step": m.best_step,
            }
            for m in status.measures
        },
        "not_logged": status.not_logged,
        "machine": None if status.machine is None else {
            **status.machine._asdict(), "gpus": [gpu._asdict() for gpu in status.machine.gpus],
        },
        "alarms": None if status.alarms is None else _alarms(status.alarms),
        "notes": list(run.notes) if run is not None else [],
    }  # fmt: skip


def _alarms(alarms: Alarms) -> dict[str, Any]:
    raised = [alarm._asdict() for alarm in alarms.raised]
    return {"origin": alarms.origin, "verdict": alarms.verdict or None, "raised": raised}


def finite(value: Any) -> Any:
    """Return `value` with None for each number in it that JSON has no word for."""
    if isinstance(value, dict):
        return {key: finite(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inside) for inside in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
