"""The files of a run folder: their names, and how each is written so that a kill loses nothing."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.runs.folder_files import ALERTS_FILE as ALERTS_FILE
from neural_trainer.runs.folder_files import LAYERS_FILE as LAYERS_FILE
from neural_trainer.runs.folder_files import METRICS_FILE as METRICS_FILE
from neural_trainer.runs.folder_files import RUN_FILE as RUN_FILE
from neural_trainer.runs.folder_files import STDOUT_FILE as STDOUT_FILE
from neural_trainer.runs.folder_files import SUMMARY_FILE as SUMMARY_FILE

PLOTS_FOLDER = "plots"
CHECKPOINTS_FOLDER = "checkpoints"
TENSORBOARD_FOLDER = "tensorboard"

SCHEMA = 1


def holds_run(folder: Path) -> bool:
    """Return whether a run has already been recorded in `folder`."""
    return (folder / RUN_FILE).exists() or (folder / METRICS_FILE).exists()


def rank_file(rank: int) -> str:
    """Return the name of the metrics of another rank than 0, in the run folder."""
    return f"rank-{rank}.jsonl"


def free_folder(parent: Path, name: str) -> Path:
    """Return `parent`/`name`, or the first of name-2, name-3 … that holds no run."""
    folder, number = parent / name, 1
    while holds_run(folder):
        number += 1
        folder = parent / f"{name}-{number}"
    return folder


def last_folder(parent: Path, name: str) -> Path:
    """Return the last of `parent`/name, name-2, name-3 … that holds a run; the first if none."""
    folder, number = parent / name, 2
    while holds_run(parent / f"{name}-{number}"):
        folder, number = parent / f"{name}-{number}", number + 1
    return folder


def jsonable(value: float) -> float | str:
    """Return `value`, or "nan", "inf" or "-inf": JSON has no word for these."""
    return value if math.isfinite(value) else repr(value)


def write_json(path: Path, record: Mapping[str, Any]) -> None:
    """Write `record` to `path` at once: a reader sees the old file or the whole new one."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(json.dumps(record, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


@lru_cache(maxsize=64)  # a loop logs lines of a few forms
def _line_format(names: tuple[str, ...]) -> str:
    keys = [json.dumps(name).replace("%", "%%") for name in names]
    return '{"step": %r, "time": %r' + "".join(f", {key}: %r" for key in keys) + "}\n"


_ENCODE = json.JSONEncoder(allow_nan=False).encode  # json.dumps would make one for each line


class LineFile:
    """A file that grows by whole lines of JSON, each handed to the system in one write.

    Nothing is kept in this process, so a SIGKILL loses at most the line in flight; a torn last
    line that an earlier process left is cut off when the file is opened.
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        """Open `path` for appending. Raises FileExistsError where `new` and it exists; OSError."""
        if not new:
            cut_torn_line(path)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_EXCL if new else 0)
        self.path = path
        self._descriptor = os.open(path, flags, 0o644)

    def append(self, record: Mapping[str, Any]) -> None:
        """Append one line. Raises OSError when the system does not take all of it."""
        self._write(_ENCODE(record).encode() + b"\n")

    def append_numbers(self, step: float, time_s: float, numbers: Mapping[str, float]) -> None:
        """Append a line of metrics, as `append` would; Python floats are handed to one format."""
        if math.isfinite(sum(numbers.values())):
            values = (step, time_s, *numbers.values())
            self._write((_line_format(tuple(numbers)) % values).encode())
            return
        line = {name: jsonable(value) for name, value in numbers.items()}
        self.append({"step": step, "time": time_s, **line})

    def _write(self, line: bytes) -> None:
        taken = os.write(self._descriptor, line)
        if taken != len(line):
            raise OSError(
                f"{self.path}: {taken} of {len(line)} bytes written, the disk may be full"
            )

    def close(self) -> None:
        """Close the file; closing twice is allowed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def cut_torn_line(path: Path) -> None:
    """Cut off what follows the last newline of `path`, which a killed process left unfinished."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        keep = end
        block = 1 << 16
        while keep > 0:
            start = max(0, keep - block)
            file.seek(start)
            newline = file.read(keep - start).rfind(b"\n")
            if newline >= 0:
                keep = start + newline + 1
                break
            keep = start
        if keep != end:
            file.truncate(keep)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file of ours as objects, but for a torn last one; none if absent.

    Raises ReadError at a whole line that is not JSON.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.endswith(b"\n"):
                try:
                    yield json.loads(line)
                except ValueError as error:
                    raise ReadError(
                        f"{path}, line {number}: {error}; expected one JSON object a line, as the "
                        f"Monitor writes them; mend or remove that line"
                    ) from error
