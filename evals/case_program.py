"""Runs the program of a case in its folder on data that its author has not seen."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any, NamedTuple

import numpy as np
from forked import run as run_python

LIMIT_S = 240  # on the clock; the prompts allow 30 s on a free core, and this one may be busy
AS_MAIN = """
import runpy, sys
sys.argv, sys.path[0] = ["train.py"], ""
runpy.run_path("train.py", run_name="__main__")
"""


class DoesNotRun(Exception):
    """The program failed, took too long, or did not write what it is to write."""


class Ran(NamedTuple):
    """What a program wrote."""

    predictions: list[str]
    """One a row of data/test.csv, in its order."""
    metrics: list[dict[str, Any]]
    """The lines of out/metrics.jsonl."""
    processor_s: float

    def numbers(self) -> np.ndarray:
        """Return the predictions as numbers, of shape (rows,). Raises DoesNotRun."""
        try:
            return np.array(self.predictions, dtype=float)
        except ValueError as error:
            raise DoesNotRun(f"a prediction is no number: {error}") from None


def table(columns: Mapping[str, Sequence[object]]) -> str:
    """Return columns of equal length as CSV."""
    rows = zip(*columns.values(), strict=True)
    return "\n".join([",".join(columns), *(",".join(map(str, row)) for row in rows)]) + "\n"


def run(folder: Path, data: Mapping[str, str], before: str = "") -> Ran:
    """Write data/ anew, run train.py on one core, return what it wrote to out/.

    before: code that runs first in the same process, and may write more. Without it, a program
    that ran already, on the same data among the same files, is not run again: answers are often
    alike. Raises DoesNotRun.
    """
    for name, text in data.items():
        (folder / "data" / name).write_text(text, encoding="utf-8")
    shutil.rmtree(folder / "out", ignore_errors=True)
    if before:
        return _run(folder, data, before)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".md")
    read = [(str(path.relative_to(folder)), path.read_bytes()) for path in files]
    key = hashlib.sha256(repr(read).encode()).digest()
    if key not in _ran():
        _ran()[key] = _run(folder, data, before)
    return _ran()[key]


@functools.cache
def _ran() -> dict[bytes, Ran]:
    """What programs wrote, by all that they can read."""
    return {}


def _run(folder: Path, data: Mapping[str, str], before: str) -> Ran:
    try:
        done = run_python(["-c", before + AS_MAIN] if before else ["train.py"], folder, LIMIT_S)
    except TimeoutExpired:
        raise DoesNotRun(f"train.py takes more than {LIMIT_S} s") from None
    if done.returncode:
        raise DoesNotRun((done.stderr.strip().splitlines() or ["train.py fails"])[-1])
    try:
        predictions = (folder / "out/predictions.csv").read_text(encoding="utf-8").split()[1:]
        metrics = logged(folder)
    except (OSError, ValueError) as error:
        raise DoesNotRun(f"what train.py wrote cannot be read: {error}") from None
    wanted = len(data["test.csv"].splitlines()) - 1
    if len(predictions) != wanted:
        raise DoesNotRun(f"{len(predictions)} predictions for {wanted} rows")
    return Ran(predictions, metrics, done.processor_s)


def logged(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of out/metrics.jsonl. Raises OSError, ValueError."""
    text = (folder / "out/metrics.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def verdict(folder: Path) -> str:
    """Return what the last line of ANSWER.md says, "" where it says nothing."""
    page = folder / "ANSWER.md"
    lines = page.read_text(encoding="utf-8").split("\n") if page.is_file() else []
    last = next((line.strip().lower() for line in reversed(lines) if line.strip()), "")
    key, _, value = last.strip("`*").partition(":")
    return value.strip(" `*.") if key == "verdict" else ""


def column(metrics: Sequence[Mapping[str, Any]], key: str) -> list[float]:
    """Return the values of a metric, in order, NaN where the log holds null."""
    return [float("nan") if row[key] is None else float(row[key]) for row in metrics if key in row]
