"""Which test sets were used before, and whether one is the training data.

Uses are kept in validations.jsonl, beside run.json where a run is known, and in the project's
.neural-trainer folder: a set that is looked at for each of many models is chosen by, and no longer
tells how the chosen one does on new data.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_trainer.errors import RunRefused
from neural_trainer.live.fingerprints import fingerprints
from neural_trainer.live.registry import PROJECT_FOLDER, project_home
from neural_trainer.live.run_folder import RUN_FILE, LineFile
from neural_trainer.runs.plain_text import shown_name, shown_path
from neural_trainer.study.validate.predictions import Predictions, hashed_rows

USES_FILE = "validations.jsonl"
TRAINING = ("train", "training")
LARGEST = 1 << 24
_SUMS = ("sha256", "sha256_names_sizes", "sha256_first_mib")


@dataclass(frozen=True)
class Use:
    """One look at a test set: when (unix seconds), by which model, and what it answered."""

    data: str
    answers: str
    model: str
    time: float


def earlier_uses(p: Predictions, run: Path | None, project: Path) -> list[Use]:
    """Return looks at the items of `p` by models that answered otherwise, oldest first."""
    data, answers = p.fingerprint(), p.answers()
    if not data:
        return []
    found = {
        use.answers: use
        for folder in _folders(run, project)
        for use in _read(folder / USES_FILE)
        if use.data == data and use.answers != answers
    }
    return sorted(found.values(), key=lambda use: use.time)


def record_use(
    p: Predictions, model: str, run: Path | None, project: Path,
    clock: Callable[[], float] = time.time,
) -> None:  # fmt: skip
    """Note this look, once for each model. Raises OSError where that cannot be written."""
    project_home(project)
    use = Use(p.fingerprint(), p.answers(), model, clock())
    for folder in _folders(run, project):
        known = _read(folder / USES_FILE)
        if any(one.data == use.data and one.answers == use.answers for one in known):
            continue
        file = LineFile(folder / USES_FILE)
        try:
            file.append(vars(use))
        finally:
            file.close()


def refuse_training_file(path: Path, run: Path | None) -> None:
    """Raise RunRefused where `path` is what run.json calls training data, by name or by content."""
    if run is None:
        return
    known = _record(run / RUN_FILE).get("data_files")
    ours = fingerprints({"data": str(path.absolute())}, path.absolute().parent)
    for entry in known if isinstance(known, list) else []:
        words = str(entry.get("named_by", "")).lower().replace(".", "_").split("_")
        if not set(words) & set(TRAINING) or not ours:
            continue
        same = [key for key in _SUMS if key in entry and key in ours[0]]
        if (
            same
            and all(entry[key] == ours[0][key] for key in same)
            and (entry.get("size_bytes") == ours[0].get("size_bytes"))
        ):
            raise RunRefused(
                f"{shown_path(path)} is the training data of {shown_path(run)} "
                f"({shown_name(str(entry.get('path')))}): nothing about new data follows from it; "
                f"expected held-out data"
            )


def refuse_training_items(held_out: Predictions, train: Predictions) -> None:
    """Raise RunRefused where all items of the split are training items, and not by chance.

    Inputs of few values repeat: where half the training items do, nothing is refused.
    """
    if not held_out.inputs or set(held_out.inputs) != set(train.inputs):
        return
    ours, theirs = hashed_rows(held_out.inputs), hashed_rows(train.inputs)
    known = set(theirs)
    if set(ours) <= known and len(known) > len(theirs) / 2:
        raise RunRefused(
            f"{held_out.source}: all {len(ours)} items are in the training data ({train.source}); "
            f"nothing about new data follows from them: expected held-out data"
        )


def _folders(run: Path | None, project: Path) -> list[Path]:
    home = project / PROJECT_FOLDER
    return [home] if run is None else [home, run]


def _read(path: Path) -> list[Use]:
    uses = []
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # none was used before
        return []
    for line in lines:
        try:
            entry = json.loads(line)
            uses.append(Use(str(entry["data"]), str(entry["answers"]), str(entry["model"]),
                            float(entry["time"])))  # fmt: skip
        except (ValueError, KeyError, TypeError):  # torn by a kill, or not of our making
            continue
    return uses


def _record(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST:
            return {}
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
