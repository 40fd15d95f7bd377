"""Finding logs: the files below a folder that a reader may know, in bounds."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from neural_trainer.runs import names
from neural_trainer.runs.folder_files import (
    ALERTS_FILE,
    LAYERS_FILE,
    METRICS_FILE,
    RUN_FILE,
    SUMMARY_FILE,
)
from neural_trainer.runs.plain_text import shown_path
from neural_trainer.runs.readers import mlflow_files

_DEEPEST = 8  # levels of folders
_MOST_ENTRIES = 100_000  # files and folders looked at
# Files of a run folder, or of the registry of runs, that hold no metrics.
_NO_LOGS = {
    ALERTS_FILE, SUMMARY_FILE, RUN_FILE, LAYERS_FILE, "runs.jsonl", "wandb-summary.json",
    "wandb-metadata.json", "debug.log", "debug-internal.log", "catboost_training.json",
}  # fmt: skip
_NO_FOLDERS = {"node_modules", "__pycache__", "site-packages"}
_OWN, _MLFLOW = "neural-trainer", "mlflow"  # who wrote a folder of one run
_LATEST = "latest-run"  # of wandb: a link, or a copy where the folder was copied
_EPOCH = re.compile(r"metrics_epoch_\d+\.json")  # of AllenNLP: one value of each metric
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")


@dataclass
class Found:
    """What lies below a folder.

    run_folders: folders that Neural Trainer wrote; mlflow: those of MLflow's runs; events: for each
    run, its event files and the prefix of their split; epochs: for each run, its files of one epoch
    each; files: all others.
    """

    run_folders: list[Path] = field(default_factory=list)
    mlflow: list[Path] = field(default_factory=list)
    events: dict[Path, list[tuple[Path, str]]] = field(default_factory=dict)
    epochs: dict[Path, list[Path]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def is_run_folder(folder: Path) -> bool:
    """Return whether Neural Trainer wrote `folder`."""
    return (folder / RUN_FILE).is_file() and (folder / METRICS_FILE).is_file()


def find(root: Path) -> Found:
    """Return what lies below `root`; each real folder is looked at once, whatever links to it."""
    found = Found()
    event_files: dict[Path, list[Path]] = {}
    for folder, files, kind in _walk(root, found.notes):
        if kind == _OWN:
            found.run_folders.append(folder)
            continue
        if kind == _MLFLOW:
            found.mlflow.append(folder)
            continue
        for file in files:
            if _EPOCH.fullmatch(file.name):
                found.epochs.setdefault(folder, []).append(file)
            elif "tfevents" in file.name:
                event_files.setdefault(folder, []).append(file)
            elif file.name not in _NO_LOGS:
                found.files.append(file)
    found.events = _joined(event_files)
    found.files = _newest_states(found.files)
    return found


def _walk(root: Path, notes: list[str]) -> Iterator[tuple[Path, list[Path], str]]:
    """Yield each folder, the files in it and whose run it is: _OWN, _MLFLOW, else ""."""
    stack, seen, entries = [(root, 0)], set[tuple[int, int]](), 0
    while stack:
        folder, depth = stack.pop()
        try:
            stat = os.stat(folder)
            if (stat.st_dev, stat.st_ino) in seen:
                continue
            seen.add((stat.st_dev, stat.st_ino))
            inside = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            notes.append(f"{shown_path(folder)}: is left out ({error.strerror})")
            continue
        entries += len(inside)
        files = [Path(entry.path) for entry in inside if _holds(entry.is_file)]
        below = [Path(e.path) for e in inside if not e.name.startswith(".") and _holds(e.is_dir)]
        below = [folder for folder in below if not _repeats(folder, below)]
        held = {entry.name for entry in inside}  # asked first: to ask the disk of each is dear
        kind = _MLFLOW if "meta.yaml" in held and mlflow_files.is_run(folder) else ""
        kind = _OWN if RUN_FILE in held and is_run_folder(folder) else kind
        if kind == _MLFLOW:
            below = [b for b in below if b.name == "artifacts"]
        yield folder, [file for file in files if not file.name.startswith(".")], kind
        if entries > _MOST_ENTRIES:
            notes.append(
                f"{shown_path(root)}: searched up to {_MOST_ENTRIES} entries; name a folder below "
                f"it"
            )
            return
        if kind == _OWN:
            continue
        if depth == _DEEPEST and below:
            notes.append(f"{shown_path(folder)}: folders below it are not searched")
        elif depth < _DEEPEST:
            stack += [(b, depth + 1) for b in reversed(below) if b.name not in _NO_FOLDERS]


def _holds(question: Callable[[], bool]) -> bool:
    """Return the answer to a question about an entry, False where it is a link to itself."""
    try:
        return question()
    except OSError:
        return False


def _repeats(folder: Path, beside: list[Path]) -> bool:
    """Return whether `folder` is wandb's latest-run and the run itself lies beside it."""
    if folder.name != _LATEST:
        return False
    if folder.is_symlink():
        return Path(os.path.realpath(folder)).name in {other.name for other in beside}
    runs = [file.stem.removeprefix("run-") for file in folder.glob("run-*.wandb")]
    return any(other.name.endswith(f"-{run}") for run in runs for other in beside)


def _joined(event_files: dict[Path, list[Path]]) -> dict[Path, list[tuple[Path, str]]]:
    """Return the event files of each run: those of folders named for splits are one run's."""
    runs: dict[Path, list[tuple[Path, str]]] = {}
    for folder, files in event_files.items():
        prefix = names.split_prefix(folder.name)
        home = folder
        if prefix is not None:
            beside = [other for other in event_files if other.parent == folder.parent]
            if len(beside) > 1 or folder.parent in event_files:
                home = folder.parent
            if prefix == "test/" and folder.with_name("learn") in event_files:
                prefix = "eval/"  # CatBoost calls its evaluation set test
        runs.setdefault(home, []).extend((file, prefix or "") for file in files)
    return runs


def _newest_states(files: list[Path]) -> list[Path]:
    """Leave out the states of checkpoints that a later state of the same run repeats."""
    best: dict[Path, tuple[float, Path]] = {}
    for file in files:
        if file.name == "trainer_state.json":
            match = _CHECKPOINT.fullmatch(file.parent.name)
            home = file.parent.parent if match else file.parent
            rank = float(match[1]) if match else float("inf")
            if home not in best or rank > best[home][0]:
                best[home] = (rank, file)
    kept = {file for _, file in best.values()}
    return [file for file in files if file.name != "trainer_state.json" or file in kept]
