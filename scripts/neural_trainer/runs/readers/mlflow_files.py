"""MLflow's metric files: one file a metric, `timestamp value step` a line, in mlruns/ of a project.

mlruns/EXPERIMENT/RUN holds meta.yaml, params/, tags/ and metrics/; a metric whose name has slashes
lies in folders of those names, and names may hold spaces. A run folder is one run, its params are
its configuration, and deleted runs are left out. One metric file alone is readable too and is named
by its place below metrics/. Where no step was given they are all 0: then the values are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs.lines import lines, text
from neural_trainer.runs.run import Array, Run
from neural_trainer.runs.tracked import Points, to_run

NAME = "mlflow-metrics"

_LARGEST_TEXT = 1 << 20  # bytes of meta.yaml
_LONGEST_PARAM = 6000  # characters, MLflow's own limit
_MOST_FILES = 10_000  # in one run
_NUMBER = r"[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|nan|inf)"
# Later versions name a data set and its digest behind the step.
_LINE = re.compile(rf"(\d{{12,14}}) ({_NUMBER})(?: (-?\d+)(?: \S+){{0,2}})?", re.I)
_META = re.compile(r"^(run_name|lifecycle_stage): *(.*?) *$", re.M)


class About(NamedTuple):
    """What the files beside a run's metrics tell of it."""

    name: str
    deleted: bool
    params: dict[str, str]


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the first lines hold a time in milliseconds, a number and a step."""
    decoded = text(head)
    first, *more = (decoded or "").lstrip("\ufeff").split("\n", 2)
    whole = [first, *more[:-1]]
    return all(_LINE.fullmatch(line.rstrip("\r")) for line in whole if line) and bool(first)


def is_run(folder: Path) -> bool:
    """Return whether MLflow keeps one run in `folder`."""
    return (folder / "metrics").is_dir() and (folder / "meta.yaml").is_file()


def read(path: Path) -> list[Run]:
    """Return the run of one metric file."""
    points, notes = _points(path)
    home, own = place(path)
    about = about_run(home) if is_run(home) else About(path.name, False, {})
    return [to_run(about.name or path.name, path, NAME, {own: points}, about.params, notes)]


def read_folder(folder: Path) -> list[Run]:
    """Return the run that MLflow keeps in `folder`; raise ReadError where it was deleted."""
    about = about_run(folder)
    if about.deleted:
        raise ReadError(f"{folder}: a run that was deleted in MLflow; restore it to read it")
    metrics, notes = dict[str, Points](), list[str]()
    files = _below(folder / "metrics")
    if len(files) > _MOST_FILES:
        notes.append(f"metrics beyond the first {_MOST_FILES} are left out")
    for path in files[:_MOST_FILES]:
        try:
            points, said = _points(path)
        except ReadError as error:
            notes.append(str(error))
            continue
        metrics[path.relative_to(folder / "metrics").as_posix()] = points
        notes += said
    if not metrics:
        raise ReadError(f"{folder}: an MLflow run without a metric; nothing was logged so far")
    return [to_run(about.name or folder.name, folder, NAME, metrics, about.params, notes)]


def place(path: Path) -> tuple[Path, str]:
    """Return a metric file's run folder and the metric's name; else its folder and its name."""
    for above in path.absolute().parents:
        if above.name == "metrics":
            return above.parent, path.absolute().relative_to(above).as_posix()
    return path.parent, path.name


def _below(folder: Path) -> list[Path]:
    """Return the files below `folder`, in bounds."""
    return sorted(path for path in islice(folder.rglob("*"), 4 * _MOST_FILES) if path.is_file())


def about_run(folder: Path) -> About:
    """Return what meta.yaml and params/ tell."""
    meta: dict[str, str] = {}
    try:
        file = folder / "meta.yaml"
        if file.is_file() and file.stat().st_size <= _LARGEST_TEXT:
            found = _META.findall(file.read_text(encoding="utf-8", errors="replace"))
            meta = {key: value.strip("'\"") for key, value in found}
    except OSError:
        pass  # the name of the folder stands for the run's
    params = dict(_params(_below(folder / "params"), folder / "params"))
    return About(meta.get("run_name", ""), meta.get("lifecycle_stage") == "deleted", params)


def _params(files: Iterable[Path], above: Path) -> Iterable[tuple[str, str]]:
    for path in files:
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                yield path.relative_to(above).as_posix(), file.read(_LONGEST_PARAM).rstrip("\n")
        except OSError:
            continue  # a folder, or a parameter that is gone


def _points(path: Path) -> tuple[Points, list[str]]:
    rows: list[tuple[float, float, float]] = []
    bad: list[int] = []
    for number, line in lines(path):
        match = _LINE.fullmatch(line.rstrip("\r\n"))
        if match and line.endswith("\n"):  # else a number in it may be cut off
            # Before version 1.0 there were no steps: the lines are counted.
            step = float(match[3]) if match[3] else float(len(rows))
            rows.append((step, float(match[2]), float(match[1]) / 1000))
        elif line.strip():
            bad.append(number)
    if not rows:
        raise ReadError(f"{path}: a metric without a whole line of time, value and step")
    table: Array = np.array(rows, np.float64)
    notes = (
        [f"{path.name}: lines that do not fit, left out: {len(bad)} ({bad[0]} …)"] if bad else []
    )
    return Points(table[:, 0], table[:, 1], table[:, 2]), notes
