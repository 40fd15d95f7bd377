"""Reading: a file, a folder or stdin becomes Runs, whatever the format."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.runs.find import Found, find, is_run_folder
from neural_trainer.runs.names import better
from neural_trainer.runs.readers import READERS, Reader, tensorboard
from neural_trainer.runs.run import Run

_HEAD = 1 << 16  # bytes that a reader may judge a format by
_POINTER = b"version https://git-lfs"  # how what Git LFS leaves in place of a file begins
# File names that say nothing of the run: its folder's name does.
_PLAIN_STEMS = {
    "metrics", "progress", "results", "result", "history", "trainer_state", "trainer_log", "stats",
    "log", "loss", "monitor", "scalars", "train", "training", "loss_log",
}  # fmt: skip


def read(path: str | os.PathLike[str]) -> Run:
    """Return the one run in a file, in a folder, or on stdin ("-").

    Raises ReadError where there is none or more than one.
    """
    runs = read_all(path)
    if len(runs) > 1:
        some = ", ".join(run.name for run in runs[:3]) + (", …" if len(runs) > 3 else "")
        raise ReadError(f"{path}: holds {len(runs)} runs ({some}), expected one; name one of them")
    return runs[0]


def read_all(path: str | os.PathLike[str]) -> list[Run]:
    """Return every run in a file, in a folder and those below it, or on stdin ("-")."""
    if os.fspath(path) == "-":
        return _read_stdin()
    where = Path(path)
    try:
        if where.is_dir():
            return _read_folder(where)
        if not where.exists():
            raise ReadError(f"{where}: no such file or folder; expected a training log")
        return _named(_read_file(where), where)
    except OSError as error:
        raise ReadError(f"{where}: cannot be read ({error.strerror or error})") from error


def _read_stdin() -> list[Run]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "stdin"
        with copy.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        try:
            runs = _read_file(copy)
        except ReadError as error:
            raise ReadError(str(error).replace(str(copy), "stdin")) from error
    return [replace(run, source="-") for run in runs]


def _read_file(path: Path) -> list[Run]:
    if path.name == "metrics.jsonl" and is_run_folder(path.parent):
        return [_read_run_folder(path.parent)]
    return reader_of(path).read(path)


def reader_of(path: Path) -> Reader:
    """Return the reader for a file; raise ReadError where none knows it."""
    if not path.is_file():
        raise ReadError(f"{path}: is neither a file nor a folder; expected a training log")
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if not head.strip():
        raise ReadError(f"{path}: is empty; nothing was logged so far")
    if head.startswith(_POINTER):
        raise ReadError(f"{path}: is a Git LFS pointer, not the file itself; run 'git lfs pull'")
    for reader in READERS:
        if reader.sniff(head, path):
            return reader
    kind = "binary file" if b"\0" in head else "text"
    known = ", ".join(reader.NAME for reader in READERS)
    raise ReadError(f"{path}: {kind} in no format that is known here; expected one of {known}")


def _named(runs: list[Run], path: Path) -> list[Run]:
    """Return `runs` named after their folder where the file's name says nothing."""
    if path.stem not in _PLAIN_STEMS:
        return runs
    folder = path.absolute().parent.name
    return [replace(run, name=run.name.replace(path.stem, folder or path.stem, 1)) for run in runs]


def _read_run_folder(folder: Path) -> Run:
    """Return the run of a folder that Neural Trainer wrote."""
    notes: tuple[str, ...] = ()
    config: dict[str, Any] = {}
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        found = record.get("config") if isinstance(record, dict) else None
        config = found if isinstance(found, dict) else {}
    except (OSError, ValueError, RecursionError) as error:
        notes = (f"run.json is left out: {error}",)
    runs = reader_of(folder / "metrics.jsonl").read(folder / "metrics.jsonl")
    run = runs[-1]
    if len(runs) > 1:
        notes += (f"{len(runs) - 1} earlier runs in metrics.jsonl are left out: the last is shown",)
    return replace(
        run, name=folder.absolute().name, source=str(folder), config=config, notes=notes + run.notes
    )


def _read_folder(root: Path) -> list[Run]:
    """Return the runs of a folder and of those below it, named by their place in it."""
    if is_run_folder(root):
        return [_read_run_folder(root)]
    found = find(root)
    runs: list[Run] = []
    skipped = list(found.notes)
    for where, some in _each(root, found, skipped):
        # Tables of data lie about in projects too: a run measures something that can get better.
        if any(better(name) for run in some for name in run.signals):
            runs += _placed(some, root, where)
        else:
            skipped.append(f"{where}: numbers, but no metric of training among them")
    if not runs:
        why = f" ({skipped[0]})" if skipped else ""
        raise ReadError(f"{root}: holds no training log that can be read{why}")
    runs[0] = replace(runs[0], notes=(*runs[0].notes, *skipped))
    return _unique(runs)


def _each(root: Path, found: Found, skipped: list[str]) -> Iterator[tuple[Path, list[Run]]]:
    """Yield the runs of each log that was found and where it lies."""
    reads: list[tuple[Path, Callable[[], list[Run]]]] = []
    reads += [(folder, partial(_run_folders, folder)) for folder in found.run_folders]
    for folder, files in found.events.items():
        reads.append((folder, partial(_read_events, folder, files)))
    reads += [(file, partial(_read_if_log, file)) for file in found.files]
    for where, read_one in reads:
        try:
            runs = read_one()
        except (ReadError, OSError) as error:
            skipped.append(str(error))
        else:
            if runs:
                yield where, runs


def _run_folders(folder: Path) -> list[Run]:
    return [_read_run_folder(folder)]


def _read_events(folder: Path, files: list[tuple[Path, str]]) -> list[Run]:
    whole = []
    for file, prefix in files:
        with file.open("rb") as opened:
            if not opened.read(len(_POINTER)).startswith(_POINTER):
                whole.append((file, prefix))
    if not whole:
        raise ReadError(f"{folder}: its event files are Git LFS pointers; run 'git lfs pull'")
    return tensorboard.read_files(whole, folder.absolute().name, folder)


def _read_if_log(path: Path) -> list[Run]:
    """Return the runs of a file, none where no reader knows it: a folder holds much besides."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    reader = next((reader for reader in READERS if reader.sniff(head, path)), None)
    return reader.read(path) if head.strip() and reader is not None else []


def _placed(runs: list[Run], root: Path, where: Path) -> list[Run]:
    """Return `runs` named by the place of `where` below `root`, or by root's own name."""
    if where.suffix and where.is_file() and where.stem not in _PLAIN_STEMS:
        place = where.relative_to(root).with_suffix("").as_posix()
    else:
        place = (where if where.is_dir() else where.parent).relative_to(root).as_posix()
    place = root.absolute().name if place == "." else place
    numbered = len(runs) > 1
    return [replace(r, name=f"{place}#{i}" if numbered else place) for i, r in enumerate(runs, 1)]


def _unique(runs: list[Run]) -> list[Run]:
    """Return `runs` with the format added to a name that another run has too."""
    counts = Counter(run.name for run in runs)
    taken: Counter[str] = Counter()
    done = []
    for run in runs:
        name = run.name if counts[run.name] == 1 else f"{run.name} ({Path(run.source).name})"
        taken[name] += 1
        done.append(replace(run, name=name if taken[name] == 1 else f"{name} {taken[name]}"))
    return done
