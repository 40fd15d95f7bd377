"""MLflow's SQLite database (mlflow.db): the runs of all experiments that a tracking server keeps.

Opened for reading alone. Each run that was not deleted is one Run, named as MLflow names it, its
params its configuration. NaN is kept in a column of its own, infinity as the largest number.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from array import array
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs.columns import number
from neural_trainer.runs.lines import one_line
from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.runs.tracked import Points, to_run

NAME = "mlflow-database"

_MAGIC = b"SQLite format 3\0"
_HEADER = 100  # bytes
_LONGEST_S = 300.0  # for one file: a crafted view may never end
_LARGEST = 1.7e308  # MLflow writes infinity as the largest double
_LONGEST_TEXT = 1 << 20  # bytes
_MOST_RUNS = 10_000
_NEEDED = {  # since the first version
    "runs": {"run_uuid", "name"},
    "metrics": {"run_uuid", "key", "value", "timestamp"},
}
# SQLite has no memory for a size that damage made up.
_BROKEN = (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError)

_Key = tuple[str, str]  # of a run, of a metric


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the file is an SQLite database."""
    return head.startswith(_MAGIC)


def read(path: Path) -> list[Run]:
    """Return the runs in the database that were not deleted."""
    try:
        with closing(_opened(path)) as database:
            tables = _tables(database)
            # A column that is computed is none of these: it may hold what the file does not.
            if any(columns - tables.get(name, set()) for name, columns in _NEEDED.items()):
                some = ", ".join(map(shown_name, sorted(tables)[:5])) or "none"
                raise ReadError(f"{path}: SQLite without MLflow's tables (holds {some})")
            return _read(database, path, tables)
    except _BROKEN as error:
        why = one_line(error) or type(error).__name__
        raise ReadError(f"{path}: an SQLite database that cannot be read ({why})") from error


def _opened(path: Path) -> sqlite3.Connection:
    with path.open("rb") as file:
        header = file.read(_HEADER)
        size = file.seek(0, os.SEEK_END)
    logs_ahead = header[18:19] == b"\x02"
    # SQLite takes what a file that was cut off lacks for zeros.
    if not logs_ahead and size < _whole_size(header):
        raise ReadError(f"{path}: an SQLite database that was cut off; copy it again")
    # SQLite would write its -wal and -shm beside a database that nobody has open.
    alone = logs_ahead and not path.with_name(path.name + "-wal").exists()
    how = "mode=ro&immutable=1" if alone else "mode=ro"
    database = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{how}", uri=True)
    database.text_factory = lambda raw: raw.decode(errors="replace")
    if sys.version_info >= (3, 11):
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_TEXT)
    deadline = time.monotonic() + _LONGEST_S
    database.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    database.execute("PRAGMA trusted_schema = OFF")
    return database


def _whole_size(header: bytes) -> int:
    """Return the bytes that a database has by its own header, 0 where that does not tell."""
    page = int.from_bytes(header[16:18], "big")
    # An older SQLite leaves the number of pages as it was, and this number, too.
    known = header[24:28] == header[92:96]
    return known * int.from_bytes(header[28:32], "big") * (1 << 16 if page == 1 else page)


def _tables(database: sqlite3.Connection) -> dict[str, set[str]]:
    """Return the columns of each table; views are no tables."""
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    names = {name for (name,) in found if name in ("runs", "metrics", "params")}
    tables = {str(name): set[str]() for (name,) in found}
    for name in names:
        tables[name] = {str(row[1]) for row in database.execute(f"PRAGMA table_info({name})")}
    return tables


def _read(database: sqlite3.Connection, path: Path, tables: dict[str, set[str]]) -> list[Run]:
    stage = "lifecycle_stage" if "lifecycle_stage" in tables["runs"] else "'active'"
    start = "start_time" if "start_time" in tables["runs"] else "run_uuid"
    query = f"SELECT run_uuid, name, {stage} FROM runs ORDER BY {start}, run_uuid LIMIT ?"
    alive, notes = dict[str, str](), list[str]()
    # Of equal texts one is kept: a column's default stands in every row, and in the file once.
    texts: dict[Any, Any] = {}
    for place, (run, name, at) in enumerate(database.execute(query, (_MOST_RUNS + 1,))):
        if place == _MOST_RUNS:
            notes.append(f"runs beyond the first {_MOST_RUNS} are left out")
        elif at != "deleted":
            shown = str(name or run)
            alive[str(run)] = texts.setdefault(shown, shown)
    metrics = _metrics(database, tables["metrics"], alive)
    params: dict[str, dict[str, Any]] = {}
    if {"run_uuid", "key", "value"} <= tables.get("params", set()):
        for run, key, value in database.execute("SELECT run_uuid, key, value FROM params"):
            own = texts.setdefault(str(key), str(key))
            params.setdefault(str(run), {})[own] = texts.setdefault((type(value), value), value)
    runs = []
    for run, name in alive.items():
        own = {key: points for key, points in metrics.get(run, {}).items() if len(points.step)}
        if own:
            runs.append(to_run(name, path, NAME, own, params.get(run, {}), notes))
    if not runs:
        raise ReadError(f"{path}: MLflow's database without a metric of a run; nothing was logged")
    return runs


def _metrics(
    database: sqlite3.Connection, has: set[str], alive: dict[str, str]
) -> dict[str, dict[str, Points]]:
    """Return the points of each metric of each run, in order of their time."""
    step = "step" if "step" in has else "0"
    is_nan = "is_nan" if "is_nan" in has else "0"
    found: dict[_Key, array[float]] = {}
    query = f"SELECT run_uuid, key, {step}, value, timestamp, {is_nan} FROM metrics"
    for run, key, *cells in database.execute(query):
        if run not in alive:
            continue
        x, y, at = (number(cell) for cell in cells[:3])
        if x is None or y is None:
            continue
        points = found.setdefault((run, str(key)), array("d"))
        points.extend((x, float("nan") if cells[3] else y, float("nan") if at is None else at))
    metrics: dict[str, dict[str, Points]] = {}
    for (run, key), numbers in found.items():
        table = np.frombuffer(numbers, np.float64).reshape(-1, 3)
        table = table[np.lexsort((table[:, 0], table[:, 2]))]
        value = np.where(
            np.abs(table[:, 1]) > _LARGEST, np.copysign(np.inf, table[:, 1]), table[:, 1]
        )
        metrics.setdefault(run, {})[key] = Points(table[:, 0], value, table[:, 2] / 1000)
    return metrics
