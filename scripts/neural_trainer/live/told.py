"""What was told already, kept in .neural-trainer so that a restart repeats nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from neural_trainer.live.registry import PROJECT_FOLDER, project_home
from neural_trainer.live.run_folder import write_json
from neural_trainer.live.tail import Mark

RELAYED_FILE = "relayed.json"
WATCHED_FILE = "watched.json"
SCHEMA = 1
MAX_BYTES = 1 << 20  # ours have some 200 bytes a run
MOST_LOGS = 200  # kept, the ones told of last


class ToldRun(NamedTuple):
    """Of a registered run: when it started, how far alerts.jsonl was told, the cause told of each
    alarm that stands.
    """

    started: float
    mark: Mark
    standing: dict[str, str]


class ToldLog(NamedTuple):
    """Of a log that `watch PATH` judges: the run's name, its last step when it was judged, each
    alarm ever told with the fields that were; None once it has cleared.
    """

    name: str
    last_step: float
    alarms: dict[str, dict[str, Any] | None]


def told_of_runs(project: Path) -> dict[str, ToldRun] | None:
    """Return what was relayed, by the run's folder; None where nothing was kept."""
    entries = _load(project / PROJECT_FOLDER / RELAYED_FILE, "runs")
    if entries is None:
        return None
    found = {}
    for folder, entry in entries.items():
        try:
            mark = Mark(int(entry["inode"]), int(entry["offset"]))
            standing = {str(name): str(cause) for name, cause in entry["standing"].items()}
            found[folder] = ToldRun(float(entry["started"]), mark, standing)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            continue  # not of our making
    return found


def keep_told_of_runs(project: Path, told: Mapping[str, ToldRun]) -> None:
    """Keep what was relayed. Raises OSError where that cannot be written."""
    runs = {
        folder: {"started": run.started, **run.mark._asdict(), "standing": run.standing}
        for folder, run in told.items()
    }
    write_json(project_home(project) / RELAYED_FILE, {"schema": SCHEMA, "runs": runs})


def told_of_logs(project: Path) -> dict[str, ToldLog]:
    """Return what `watch PATH` has told in this project, by what tells the logs' runs apart."""
    found = {}
    for key, entry in (_load(project / PROJECT_FOLDER / WATCHED_FILE, "logs") or {}).items():
        try:
            last_step = math.nan if entry["last_step"] is None else float(entry["last_step"])
            alarms = {str(name): _fields(told) for name, told in entry["alarms"].items()}
            found[key] = ToldLog(str(entry["name"]), last_step, alarms)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            continue  # not of our making
    return found


def keep_told_of_log(project: Path, key: str, told: ToldLog) -> None:
    """Keep what was told of one log, beside that of the others. Raises OSError."""
    logs = told_of_logs(project)
    logs.pop(key, None)
    logs[key] = told
    entries = {
        key: {
            "name": log.name,
            "last_step": log.last_step if math.isfinite(log.last_step) else None,
            "alarms": log.alarms,
        }
        for key, log in list(logs.items())[-MOST_LOGS:]
    }
    write_json(project_home(project) / WATCHED_FILE, {"schema": SCHEMA, "logs": entries})


def _fields(told: Any) -> dict[str, Any] | None:
    """Return what Standing recalls of an alarm. Raises KeyError, TypeError, ValueError."""
    if told is None:
        return None
    return {
        "cause": str(told["cause"]),
        "confidence": float(told["confidence"]),
        "message": str(told["message"]),
        "size": None if told["size"] is None else float(told["size"]),
        "worse": int(told["worse"]),
    }


def _load(path: Path, part: str) -> dict[str, Any] | None:
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        record = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    entries = record.get(part) if isinstance(record, dict) else None
    return entries if isinstance(entries, dict) and record.get("schema") == SCHEMA else None
