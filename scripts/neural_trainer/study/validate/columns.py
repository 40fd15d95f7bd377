"""The columns of a table of predictions: CSV, TSV, JSON Lines, Parquet or npz; nothing is run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from neural_trainer.errors import MissingPackage, ReadError
from neural_trainer.runs.plain_text import printable, shown_path
from neural_trainer.study.validate.predictions import Column

LARGEST = 1 << 30  # bytes
ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".npz")


def read_columns(path: Path) -> dict[str, Column]:
    """Return the columns by name, (n,) or (n, k). Raises ReadError, MissingPackage."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise ReadError(
            f"{shown_path(path)} ends in {ending or 'nothing'}; expected a file of predictions "
            f"({', '.join(ENDINGS)}) or MODULE:FACTORY"
        )
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ReadError(f"{shown_path(path)} has {size:,} bytes; expected at most {LARGEST:,}")
        columns = _npz(path) if ending == ".npz" else _table(path, ending)
    except OSError as error:
        raise ReadError(f"{shown_path(path)}: {error.strerror or 'it cannot be read'}") from error
    except (ReadError, MissingPackage):
        raise
    except Exception as error:  # pandas, pyarrow and numpy raise whatever a broken file makes them
        told = printable(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise ReadError(f"{shown_path(path)} is no whole {ending} table: {told}") from error
    lengths = {name: len(column) for name, column in columns.items()}
    if not lengths or not max(lengths.values()):
        raise ReadError(f"{shown_path(path)} holds no row; expected one for each item")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {length}" for name, length in list(lengths.items())[:5])
        raise ReadError(f"{shown_path(path)}: columns differ in length ({told})")
    return columns


def _table(path: Path, ending: str) -> dict[str, Column]:
    import pandas as pd

    if ending == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError as error:
            raise MissingPackage("pyarrow", "validate on Parquet", "arrow") from error
        table = pd.read_parquet(path)
    elif ending in (".jsonl", ".ndjson"):
        table = pd.DataFrame(_rows(path))
    else:
        table = pd.read_csv(path, sep="\t" if ending == ".tsv" else ",")
    return {str(name): _plain(table[name]) for name in table.columns}


def _rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ReadError(f"{shown_path(path)}: line {number} is no JSON") from error
        if not isinstance(row, dict):
            raise ReadError(f"{shown_path(path)}: line {number} is no object")
        rows.append(row)
    return rows


def _plain(series: Any) -> Column:
    """Return numbers as floats or whole numbers, rows of lists as (n, k), all else as text."""
    kind = series.dtype.kind
    if kind in "iu":
        return np.asarray(series.to_numpy(), dtype=np.int64)
    if kind == "f":
        return np.asarray(series.to_numpy(), dtype=float)
    if kind == "b":
        return np.asarray(series.to_numpy(), dtype=np.int64)
    values = list(series)
    if values and all(hasattr(value, "__len__") and not isinstance(value, str) for value in values):
        return np.array([np.asarray(value, dtype=float) for value in values])
    return np.array(["" if value is None or value != value else str(value) for value in values])


def _npz(path: Path) -> dict[str, Column]:
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        columns = {name: np.asarray(file[name]) for name in file.files}
    for name, column in columns.items():
        if column.ndim < 1 or column.dtype.kind not in "iufbUS":
            raise ReadError(f"{shown_path(path)}: {name} is no array of numbers or text")
    return {
        name: np.char.decode(column) if column.dtype.kind == "S" else column
        for name, column in columns.items()
    }
