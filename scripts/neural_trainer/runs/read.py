"""Reading: a file, a folder or stdin becomes Runs, whatever the format."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs import mlflow_server, wandb_server
from neural_trainer.runs.crashes import with_crash, with_crash_of_folder
from neural_trainer.runs.find import Found, find, is_run_folder
from neural_trainer.runs.folder_files import LAYERS_FILE, METRICS_FILE, RUN_FILE
from neural_trainer.runs.joining import Part, join
from neural_trainer.runs.layers import Layers
from neural_trainer.runs.layers_file import read_layers
from neural_trainer.runs.lines import Progress, fill
from neural_trainer.runs.names import better
from neural_trainer.runs.plain_text import shown_path
from neural_trainer.runs.rank_files import rank_signals
from neural_trainer.runs.readers import (
    GROWING,
    READERS,
    TELLING,
    Reader,
    json_document,
    mlflow_files,
    tensorboard,
)
from neural_trainer.runs.run import Run
from neural_trainer.runs.sidecar import config_beside

_HEAD = 1 << 16  # bytes that a reader may judge a format by
_BLOCK = 1 << 20  # bytes of stdin taken at once
_POINTER = b"version https://git-lfs"  # how what Git LFS leaves in place of a file begins
# File names that say nothing of the run: its folder's name does.
_PLAIN_STEMS = {
    "metrics", "progress", "results", "result", "history", "trainer_state", "trainer_log", "stats",
    "log", "loss", "monitor", "scalars", "train", "training", "loss_log",
}  # fmt: skip


class Reads(NamedTuple):
    """How logs are read: anew, or on from where they were left (runs/follow.py).

    log: given a file and its reader; events: opens an event file of a split's prefix; progress:
    told, after each log of a folder, how many of how many are read.
    """

    log: Callable[[Reader, Path], list[Run]] = lambda reader, path: reader.read(path)
    events: Callable[[Path, str], tensorboard.EventFile] = tensorboard.EventFile
    progress: Progress | None = None


def read(path: str | os.PathLike[str], progress: Progress | None = None) -> Run:
    """Return the one run in a file, in a folder, or on stdin ("-").

    progress: as of read_all. Raises ReadError where there is none or more than one.
    """
    runs = read_all(path, progress)
    if len(runs) > 1:
        some = ", ".join(run.name for run in runs[:3]) + (", …" if len(runs) > 3 else "")
        raise ReadError(f"{path}: holds {len(runs)} runs ({some}), expected one; name one of them")
    return runs[0]


def read_all(path: str | os.PathLike[str], progress: Progress | None = None) -> list[Run]:
    """Return every run in a file, in a folder and those below it, or on stdin ("-").

    Or of an MLflow tracking server (http://HOST:PORT), or of W&B's (wandb:ENTITY/PROJECT/RUN).
    progress: told a file, the bytes read of it and its size (0: not known), after each block of a
    large one; and a folder, its logs that were looked at and the number of all.
    """
    if os.fspath(path) == "-":
        return _read_stdin(progress)
    if mlflow_server.is_address(os.fspath(path)):
        return mlflow_server.read(os.fspath(path))
    if wandb_server.is_address(os.fspath(path)):
        return wandb_server.read(os.fspath(path))
    return read_by(Path(path), _telling(progress))


def _telling(progress: Progress | None) -> Reads:
    if progress is None:
        return Reads()
    events = partial(tensorboard.EventFile, progress=progress)
    return Reads(partial(_read_in_blocks, progress, events), events, progress)


def _read_in_blocks(
    progress: Progress, events: Callable[[Path, str], tensorboard.EventFile], reader: Reader,
    path: Path,
) -> list[Run]:  # fmt: skip
    if reader is tensorboard:
        return tensorboard.read(path, events)
    if reader.NAME in TELLING:
        return TELLING[reader.NAME](path, progress)
    growing = GROWING.get(reader.NAME)
    if growing is None:
        return reader.read(path)
    log = growing(path)
    fill(log, path, progress)
    return log.runs()


@np.errstate(all="ignore")  # a log may hold any number: infinity less itself is no news
def read_by(where: Path, reads: Reads) -> list[Run]:
    """Return every run in a file, or in a folder and those below it, its logs read by `reads`."""
    try:
        if where.is_dir():
            return _read_folder(where, reads)
        if not where.exists():
            raise ReadError(f"{where}: no such file or folder; expected a training log")
        return _named(_configured(_read_file(where, reads), where), where)
    except OSError as error:
        raise ReadError(f"{where}: cannot be read ({error.strerror or error})") from error


@np.errstate(all="ignore")
def _read_stdin(progress: Progress | None) -> list[Run]:
    """Return the runs on stdin, which is laid down on disk first: readers look at a log twice."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "stdin"
        try:
            _lay_down(sys.stdin.buffer, copy, progress)
            runs = _read_file(copy, _telling(progress))
        except ReadError as error:
            raise ReadError(str(error).replace(str(copy), "stdin")) from error
        except OSError as error:
            raise ReadError(f"stdin: cannot be read ({error.strerror or error})") from error
    return [replace(run, source="-") for run in runs]


def _lay_down(stream: BinaryIO, copy: Path, progress: Progress | None) -> None:
    """Write what comes down `stream` to a file, a block at a time."""
    size = 0
    with copy.open("wb") as file:
        while block := stream.read(_BLOCK):
            size += file.write(block)
            if progress is not None:
                progress(copy, size, 0)


def _read_file(path: Path, reads: Reads) -> list[Run]:
    if path.name == METRICS_FILE and is_run_folder(path.parent):
        return [_read_run_folder(path.parent, reads)]
    return with_crash(reads.log(reader_of(path), path), path)


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
    if b"\0" in head:
        known = ", ".join(reader.NAME for reader in READERS)
        raise ReadError(f"{path}: binary file in no format that is known here; expected {known}")
    raise ReadError(
        f"{path}: text in no format that is known here; expected lines such as 'step 10 loss 2.3' "
        "that repeat, a table with a header, or JSON; name another file if the run logs there"
    )


def _named(runs: list[Run], path: Path) -> list[Run]:
    """Return `runs` named after their folder where the file's name says nothing."""
    if path.stem not in _PLAIN_STEMS:
        return runs
    folder = path.absolute().parent.name
    return [replace(run, name=run.name.replace(path.stem, folder or path.stem, 1)) for run in runs]


def _configured(runs: list[Run], log: Path) -> list[Run]:
    """Return `runs` with the configuration that lies beside their log, where they brought none."""
    if all(run.config for run in runs):
        return runs
    config, notes = config_beside(log)
    if not config and not notes:
        return runs
    done = [run if run.config else replace(run, config=config) for run in runs]
    return [replace(run, notes=run.notes + notes) for run in done]


def _read_run_folder(folder: Path, reads: Reads) -> Run:
    """Return the run of a folder that Neural Trainer wrote."""
    notes: tuple[str, ...] = ()
    config: dict[str, Any] = {}
    try:
        record = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        found = record.get("config") if isinstance(record, dict) else None
        config = found if isinstance(found, dict) else {}
    except (OSError, ValueError, RecursionError) as error:
        notes = (f"{RUN_FILE} is left out: {error}",)
    runs = reads.log(reader_of(folder / METRICS_FILE), folder / METRICS_FILE)
    run = runs[-1]
    if len(runs) > 1:
        notes += (
            f"{len(runs) - 1} earlier runs in {METRICS_FILE} are left out: the last is shown",
        )
    layers, of_layers = _layers(folder)
    ranks, of_ranks = rank_signals(folder, lambda path: reads.log(reader_of(path), path))
    return replace(
        with_crash_of_folder(run, folder),
        name=folder.absolute().name, source=str(folder), config=config,
        signals={**run.signals, **ranks},
        logged_as={**run.logged_as, **dict(zip(ranks, ranks, strict=True))},
        notes=notes + run.notes + of_layers + of_ranks, layers=layers,
    )  # fmt: skip


def _layers(folder: Path) -> tuple[Layers | None, tuple[str, ...]]:
    """Return the statistics by layer in a run folder, None where there are none, and notes."""
    if not (folder / LAYERS_FILE).is_file():
        return None, ()
    try:
        return read_layers(folder / LAYERS_FILE)
    except ReadError as error:
        return None, (str(error),)


def _read_folder(root: Path, reads: Reads) -> list[Run]:
    """Return the runs of a folder and of those below it, named by their place in it."""
    if is_run_folder(root):
        return [_read_run_folder(root, reads)]
    found = find(root)
    runs: list[Run] = []
    skipped = list(found.notes)
    parts = [Part(where, some) for where, some in _each(root, found, skipped, reads)]
    for where, some in join(parts, skipped):
        # Tables of data lie about in projects too: a run measures something that can get better.
        if any(better(name) for run in some for name in run.signals):
            runs += _placed(_configured(some, where), root, where)
        else:
            skipped.append(f"{shown_path(where)}: numbers, but no metric of training among them")
    if not runs:
        why = f" ({skipped[0]})" if skipped else ""
        raise ReadError(f"{root}: holds no training log that can be read{why}")
    runs[0] = replace(runs[0], notes=(*runs[0].notes, *skipped))
    return _unique(runs)


def _each(
    root: Path, found: Found, skipped: list[str], reads: Reads
) -> Iterator[tuple[Path, list[Run]]]:
    """Yield the runs of each log that was found and where it lies."""
    logs: Iterable[tuple[Path, Callable[[], list[Run]]]] = chain(
        ((folder, partial(_run_folders, folder, reads)) for folder in found.run_folders),
        ((folder, partial(mlflow_files.read_folder, folder)) for folder in found.mlflow),
        ((f, partial(json_document.read_epochs, files)) for f, files in found.epochs.items()),
        tensorboard.read_each(found.events.items(), reads.events),
        ((file, partial(_read_if_log, file, reads)) for file in found.files),
    )
    count = sum(
        map(len, (found.run_folders, found.mlflow, found.epochs, found.events, found.files))
    )
    for number, (where, read_one) in enumerate(logs):
        if reads.progress is not None:
            reads.progress(root, number, count)
        try:
            runs = read_one()
        except (ReadError, OSError) as error:
            skipped.append(str(error).replace(str(where), shown_path(where), 1))
        else:
            if runs:
                yield where, runs
    if reads.progress is not None:
        reads.progress(root, count, count)


def _run_folders(folder: Path, reads: Reads) -> list[Run]:
    return [_read_run_folder(folder, reads)]


def _read_if_log(path: Path, reads: Reads) -> list[Run]:
    """Return the runs of a file, none where no reader knows it: a folder holds much besides."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    reader = next((reader for reader in READERS if reader.sniff(head, path)), None)
    return with_crash(reads.log(reader, path), path) if head.strip() and reader is not None else []


def _placed(runs: list[Run], root: Path, where: Path) -> list[Run]:
    """Return `runs` named by the place of `where` below `root`, or by root's own name."""
    if runs[0].format == mlflow_files.NAME and mlflow_files.is_run(where):
        return runs  # folders of MLflow are named by numbers, runs by people
    home = where if where.is_dir() else where.parent
    if where.suffix and where.is_file() and where.stem not in _PLAIN_STEMS:
        home = where.with_suffix("")
    try:
        place = home.absolute().relative_to(root.absolute()).as_posix()
    except ValueError:  # joined to what lies above: metrics/ of an MLflow run is no run by itself
        place = "."
    place = root.absolute().name if place == "." else place
    if len(runs) > 1 and not any(run.name.startswith(where.stem) for run in runs):
        return [replace(run, name=f"{place}/{run.name}") for run in runs]  # names of their own
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
        name = name if taken[name] == 1 else f"{name} {taken[name]}"
        done.append(run if name == run.name else replace(run, name=name))
    return done
