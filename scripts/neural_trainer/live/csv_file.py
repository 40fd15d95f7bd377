"""A CSV file of metrics that grows by a row a step and by a column where a new metric appears."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from neural_trainer.live.run_folder import cut_torn_line


class CsvFile:
    """Writes `step` and the metrics, one row for all that is logged at a step in a row.

    A row is in the file before the next step's begins. A metric that appears late makes the file
    anew with one more column, empty in the rows before; the old file stays whole until then.
    """

    def __init__(self, path: Path) -> None:
        """Go on with the table at `path`, or begin one at the first row."""
        self._path = path
        self._columns: list[str] = []
        self._file: TextIO | None = None
        self._row: dict[str, Any] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            cut_torn_line(path)
            with path.open(newline="", encoding="utf-8") as file:
                self._columns = next(csv.reader(file), [])

    def __call__(self, step: int, values: Mapping[str, float]) -> None:
        """Add `values` to the row of `step`; the same metric again begins another."""
        if self._row and (self._row["step"] != step or values.keys() & self._row.keys()):
            self._write()
        self._row = {"step": step, **self._row, **values}

    def close(self) -> None:
        """Write the last row and close the file."""
        if self._row:
            self._write()
        if self._file is not None:
            self._file.close()

    def _write(self) -> None:
        new = [name for name in self._row if name not in self._columns]
        if new:
            self._widen(new)
        if self._file is None:
            self._file = self._path.open("a", newline="", encoding="utf-8")
        csv.writer(self._file).writerow([self._row.get(name, "") for name in self._columns])
        self._file.flush()
        self._row = {}

    def _widen(self, new: list[str]) -> None:
        """Write the file anew with the columns `new` at its end."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._columns = self._columns + new
        partial = self._path.with_name(f".{self._path.name}.{os.getpid()}")
        with partial.open("w", newline="", encoding="utf-8") as wide:
            writer = csv.writer(wide)
            writer.writerow(self._columns)
            if self._path.exists():
                with self._path.open(newline="", encoding="utf-8") as narrow:
                    rows = csv.reader(narrow)
                    next(rows, None)
                    width = len(self._columns)
                    writer.writerows([*row, *[""] * (width - len(row))] for row in rows)
        os.replace(partial, self._path)
