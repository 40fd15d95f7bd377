"""Points read from a table: CSV, TSV or JSON Lines, a row a point."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Array
from neural_trainer.study.scaling.points import Points

LARGEST = 1 << 28  # bytes
# Names that a column is known by where none is given; case, spaces and signs count for nothing.
KNOWN = {
    "params": ("params", "n", "parameters", "numparams", "nparams", "numparameters", "modelsize"),
    "tokens": ("tokens", "d", "numtokens", "ntokens", "trainingtokens", "tokensseen"),
    "compute": ("compute", "c", "flops", "flop", "trainingflop", "trainingflops"),
    "loss": ("loss", "l", "valloss", "evalloss", "finalloss", "trainloss"),
    "unique": ("unique", "uniquetokens", "u"),
    "lr": ("lr", "learningrate"),
    "batch": ("batch", "bs", "batchsize"),
    "run": ("run", "runname", "runid"),
}
SHOWN = 12
STEPS = {"step", "steps", "globalstep", "iteration", "iterations", "iter", "iters", "updates"}


def is_table(path: str, named: Mapping[str, str]) -> bool:
    """Return whether the first line of `path` names columns of a study: a loss, and a size.

    named: as of read_table.
    """
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            first = file.readline(1 << 16)
    except OSError:
        return False
    header = _header(first)
    known = set(_known(header)) | {role for role, column in named.items() if column in header}
    return "loss" in known and bool(known & {"params", "tokens", "compute"})


def read_table(
    path: str,
    named: Mapping[str, str],
    by: str | None = None,
    tokens_per_step: float | None = None,
) -> list[tuple[str, Points]]:
    """Return the points of each value of the column `by`, under that value; one part without it.

    named: which column is what, by role (KNOWN); a role that is not named is looked up by name.
    tokens_per_step: where the column of tokens counts steps. Raises ReadError where a named column
    is not there, none is a loss, or steps are to pass as tokens.
    """
    rows = _rows(path)
    header = list(rows[0])
    columns = {**_unnamed(header, named), **named}
    for role, column in columns.items():
        if column not in header:
            some = ", ".join(shown_name(name) for name in header[:SHOWN])
            raise ReadError(
                f"{path} has no column {shown_name(column)} for {role}; it has {some}"
                + (", …" if len(header) > SHOWN else "")
            )
    if "loss" not in columns:
        raise ReadError(f"{path} has no column that is known as a loss; name it with --loss")
    counts_steps = _plain(columns.get("tokens", "")) in STEPS
    if counts_steps != (tokens_per_step is not None):
        raise ReadError(
            f"{path}: {shown_name(columns['tokens'])} counts steps, not tokens: give "
            "--tokens-per-step"
            if counts_steps
            else f"{path} has no column of steps for --tokens-per-step; name it with --tokens"
        )
    if by is not None and by not in header:
        raise ReadError(f"{path} has no column {shown_name(by)} to divide the points by (--by)")
    parts: dict[str, list[Mapping[str, object]]] = {}
    for row in rows:
        parts.setdefault("" if by is None else str(row.get(by)), []).append(row)
    each = tokens_per_step if tokens_per_step is not None else 1.0
    return [(value, _points(path, value, part, columns, each)) for value, part in parts.items()]


def _points(
    path: str,
    value: str,
    rows: Sequence[Mapping[str, object]],
    columns: Mapping[str, str],
    tokens_each: float,
) -> Points:
    numbers: dict[str, Array] = {
        role: np.array([_number(row.get(column)) for row in rows])
        for role, column in columns.items()
        if role != "run"
    }
    if "tokens" in numbers:
        numbers["tokens"] = numbers["tokens"] * tokens_each
    run: NDArray[np.str_] | None = None
    notes: tuple[str, ...] = ()
    unnamed = _known(list(rows[0])).get("run")
    if "run" in columns:
        run = np.array([str(row.get(columns["run"])) for row in rows])
    elif unnamed is not None and len({str(row.get(unnamed)) for row in rows}) < len(rows):
        notes = (
            f"several points of one {shown_name(unnamed)}: they are not independent, and intervals "
            f"are too narrow; --run {shown_name(unnamed)} draws them together",
        )
    name = Path(path).name if path != "-" else "stdin"
    return Points(f"{name} {shown_name(value)}" if value else name, numbers, run, notes)


def _unnamed(header: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    """Return roles found by the columns' names; of sizes only where none is named."""
    found = _known(header)
    if set(named) & {"params", "tokens", "compute"}:
        for role in ("params", "tokens", "compute"):
            found.pop(role, None)
    # A run, a learning rate or a batch changes how points are read: it must be asked for.
    for role in ("run", "lr", "batch", "unique"):
        found.pop(role, None)
    return found


def _known(header: Sequence[str]) -> dict[str, str]:
    plain = {_plain(name): name for name in header}
    return {
        role: plain[name]
        for role, names in KNOWN.items()
        for name in reversed(names)
        if name in plain
    }


def _plain(name: str) -> str:
    """Return a column's name without case, spaces and signs."""
    return "".join(c for c in name.lower() if c.isalnum())


def _header(line: str) -> list[str]:
    if line.lstrip().startswith("{"):
        try:
            return list(json.loads(line))
        except ValueError:
            return []
    return [name.strip() for name in next(csv.reader([line], delimiter=_delimiter(line)), [])]


def _delimiter(line: str) -> str:
    return max(",\t;", key=line.count)


def _rows(path: str) -> list[Mapping[str, object]]:
    text = _text(path)
    first = text.lstrip("\ufeff \r\n").partition("\n")[0]
    if first.lstrip().startswith(("{", "[")):
        return _json_rows(path, text)
    reader = csv.DictReader(
        io.StringIO(text.lstrip("\ufeff")), delimiter=_delimiter(first), skipinitialspace=True
    )
    try:
        rows: list[Mapping[str, object]] = list(reader)
    except csv.Error as error:
        raise ReadError(f"{path} is no table: {error}") from error
    if not rows:
        raise ReadError(f"{path} holds no row; expected a header and a row for each point")
    return rows


def _json_rows(path: str, text: str) -> list[Mapping[str, object]]:
    try:
        if text.lstrip().startswith("["):
            rows = json.loads(text)
        else:
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path} is no table of JSON rows: {error}") from error
    rows = [row for row in rows if isinstance(row, dict)]
    if not rows:
        raise ReadError(f"{path} holds no row; expected an object for each point")
    return list(rows)


def _text(path: str) -> str:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
    except OSError as error:
        raise ReadError(f"{path}: {error.strerror or error}") from error
    if len(data) > LARGEST:
        raise ReadError(f"{path} is over {LARGEST >> 20} MiB; expected a row for each point")
    return data.decode("utf-8", errors="replace")


def _number(value: object) -> float:
    """Return a cell as a number; NaN where it holds none."""
    try:
        return float(str(value).replace("_", "")) if value is not None else float("nan")
    except ValueError:
        return float("nan")
