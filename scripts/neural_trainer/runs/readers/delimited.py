"""CSV, TSV and tables in columns of spaces: a header of names, one line a step or an epoch.

Written by Lightning (metrics.csv), Keras and fastai (history.csv), Ultralytics (results.csv, and
results.txt, which has no header but known columns), RLlib and Stable-Baselines3 (progress.csv,
monitor.csv, whose first line is `#` and JSON), Spinning Up (progress.txt), Flair (loss.tsv),
dvclive, CatBoost, Weights & Biases (a download holds several runs) and TensorBoard's own download,
whose metric is named in the file name alone, as that of a file of nothing but numbers is
(train_loss.txt). DeepXDE's loss.dat names groups of columns, the terms of a loss, whose sum is the
loss. Of columns without names the first is the step where it rises evenly.
An empty cell was not logged; a literal nan was logged as NaN. Cells may be padded and carry units
(6.29G, 12/299, 00:12). A column of nothing but words such as `train` and `val` says what each row
was measured on: each has its own signals. A header in mid-file begins another part of the same log.
Of a last line without an end the values are read that are whole for certain.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs import arrow, phases
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Column, Columns, number
from neural_trainer.runs.dialect import columns_of, dialect_of, is_column, is_curve, rows_of
from neural_trainer.runs.grid import Grid, grid
from neural_trainer.runs.lines import LONGEST_LINE, fill, num_ends, plain, text, whole_quotes
from neural_trainer.runs.run import Run
from neural_trainer.runs.torn_row import whole_cells

NAME = "delimited-table"

_FEW = 128  # lines; of fewer, to go over each cell costs less than to go over each column
_HEAD = 1 << 16  # bytes that the table is judged by, more where a header of many names needs it
_LONGEST_HEAD = 1 << 24
_FEWEST = 4  # ends of lines in it
_BATCH = 4096  # rows turned into columns at once
_BATCH_CHARACTERS = 1 << 25  # in them: RLlib writes its whole config into each row
_ABOVE = 1 << 12  # bytes before the last line that tell how its cells are written
_SHOWN = 5  # bad lines named in a note
_YOLO = (  # results.txt of YOLOv5 up to 4 and of YOLOv7
    "epoch", "gpu_mem", "train/box_loss", "train/obj_loss", "train/cls_loss", "train/total_loss",
    "labels", "img_size", "metrics/precision", "metrics/recall", "metrics/mAP_0.5",
    "metrics/mAP_0.5:0.95", "val/box_loss", "val/obj_loss", "val/cls_loss",
)  # fmt: skip
_DOWNLOAD = re.compile(r"run-(?P<run>.*?)-?tag-(?P<tag>.+)")


def sniff(head: bytes, path: Path) -> bool:
    """Return whether lines split alike into names and numbers, or the name ends in .csv or .tsv."""
    decoded = text(head)
    if decoded is None:
        return False
    if path.suffix.lower() in (".csv", ".tsv"):
        return True
    found = dialect_of(decoded)
    if found is None:
        return False
    named = found.header is not None or is_column(found.header, path) or is_curve(found, decoded)
    return named or found.num_numeric == len(_YOLO)


def read(path: Path) -> list[Run]:
    """Return the run in the table, more than one where its steps start again."""
    log = Log(path)
    fill(log, path)
    return log.runs()


class Log:
    """A table as far as it was read. Raises ReadError where it has no columns of numbers."""

    def __init__(self, path: Path) -> None:
        head = _head(path)
        found = dialect_of(head)
        if found is None:
            raise ReadError(f"{path}: a table of text without columns of numbers; expected metrics")
        alone = found.num_numeric == 1 and is_column(found.header, path)
        is_yolo = found.num_numeric == len(_YOLO)
        unnamed = None if is_yolo else columns_of(found, head, path)
        if found.header is None and not (is_yolo or alone or unnamed):
            raise ReadError(f"{path}: {found.num_numeric} columns without a header that names them")
        self.path = path
        self._delimiter = found.delimiter
        self._header = found.header or unnamed or ([path.stem] if alone else list(_YOLO))
        called = " and ".join(", ".join(filter(None, unnamed or ())).rsplit(", ", 1))
        self._unnamed = f"no header: the columns are called {called}" if called else ""
        self._columns, self._config = Columns(), dict[str, object]()
        self._terms = found.terms
        self._phase = phases.phase_column(self._header, rows_of(found, head))
        self._large = arrow.Blocks(path)
        self._bad: list[int] = []
        self._num_lines = 0
        self._open = b""  # lines of a quoted cell that has not ended
        self._torn = b""  # the last line, where it has no end
        self._above = b""  # what stands right before it

    def copy(self) -> Log:
        """Return a log that grows by itself."""
        other = copy(self)
        other._columns, other._config = self._columns.copy(), dict(self._config)
        other._bad = list(self._bad)
        return other

    def add(self, block: bytes) -> None:
        """Read whole lines; what has no end is kept for `runs`: a number in it may be cut off."""
        end = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
        self._torn = block[end:]
        self._above = (self._above[-_ABOVE:] + block[max(end - _ABOVE, 0) : end])[-_ABOVE:]
        block = self._open + block[:end]
        head = 0 if self._num_lines else block.find(b"\n") + 1  # the header is no row of numbers
        width = len(self._header)
        if grids := self._large.grids(block, head, self._delimiter, width):
            self._open = b""
            if head:  # carriage returns may end many lines in it, another header's among them
                self._add_block(plain(block[:head]))
            if len(self._header) == width:
                for cells in grids:
                    self._add_grid(cells)
                return
            block = block[head:]
        block = plain(block)
        stop = whole_quotes(block) if len(block) < LONGEST_LINE else len(block)
        block, self._open = block[:stop], block[stop:]
        if block:
            self._add_block(block)

    def expect(self, times: float) -> None:
        """Make room for so many times the rows that were read."""
        self._columns.expect(int(times * self._columns.num_rows))

    def runs(self) -> list[Run]:
        """Return the runs of the table as far as it was read."""
        log, end = self.copy() if self._open or self._torn else self, ""
        if self._open:
            log._add_block(self._open)
        if self._torn.strip(b"\0"):
            end = log._add_torn()
        notes = _notes(log._unnamed, log._bad, log._num_lines, end)
        columns, num_rows = log._columns.columns(), log._columns.num_rows
        if self._phase in columns:
            columns, num_rows, more = phases.divided(columns, self._phase, num_rows)
            notes += more
        if log._header[0] and not log._header[-1] and "" in columns:  # the header is a name short
            columns[called := f"column {len(log._header)}"] = columns.pop("")
            notes.append(f"the header names one column too few: the last is called {called}")
        columns |= {name: _sum(columns, name) for name in self._terms if f"{name}/0" in columns}
        table = Table(
            self.path.stem, str(self.path), NAME, columns, num_rows, notes=notes, config=log._config
        )
        _name_columns(table, self.path)
        return [run for one in _of_each_run(table) for run in to_runs(one)]

    def _add_block(self, block: bytes) -> None:
        block = block if block.endswith(b"\n") or not block else block + b"\n"
        cells = None
        if self._delimiter and num_ends(block) >= _FEW:
            told = [i for i, key in enumerate(self._header) if key == self._phase]
            spelled = dict.fromkeys(told, phases.SPELLED)
            cells = grid(block, self._delimiter, len(self._header), spelled)
        if cells is None or not self._add_grid(cells):
            self._add_lines(lines := block.decode(errors="replace").split("\n")[:-1])
            self._num_lines += len(lines)

    def _add_grid(self, cells: Grid) -> bool:
        """Add the lines of a block; False where others than those of this table are among them."""
        if len(cells.others) > len(cells.line):
            return False
        lines, kinds = sorted(cells.others), []
        rows = [next(self._rows([cells.others[i]]), (0, []))[1] for i in lines]
        kinds = [_kind(row, self._header) for row in rows]
        if "header" in kinds:
            return False
        fits = [i for i, kind in zip(lines, kinds, strict=True) if kind == "row"]
        counted = np.zeros(cells.num_lines, np.bool_)
        counted[cells.line] = counted[fits] = True
        place = np.cumsum(counted) + (self._columns.num_rows - 1)
        num_rows = self._columns.num_rows + int(counted.sum())
        number_of = place[cells.line]
        for key, (row, value) in zip(_keys(self._header), cells.columns, strict=True):
            whole = len(row) == len(number_of)
            self._columns.add_column(key, number_of if whole else number_of[row], value)
        self._add_rows([row for row in rows if _kind(row, self._header) == "row"], place[fits])
        self._bad += [
            self._num_lines + i + 1 for i, kind in zip(lines, kinds, strict=True) if kind == "bad"
        ]
        self._columns.num_rows = num_rows
        self._num_lines += cells.num_lines
        return True

    def _add_lines(self, lines: list[str]) -> None:
        """Add lines one by one."""
        batch: list[list[str]] = []
        size = 0
        for at, cells in self._rows(lines):
            kind = _kind(cells, self._header)
            if kind == "row":
                batch.append(cells)
                size += sum(map(len, cells))
            elif kind == "bad":
                self._bad.append(self._num_lines + at)
            if kind == "header" or len(batch) == _BATCH or size > _BATCH_CHARACTERS:
                self._add_batch(batch)
                batch, size = [], 0
            if kind == "header":
                self._header = [cell.strip() for cell in cells]
        self._add_batch(batch)

    def _add_torn(self) -> str:
        """Add what is whole of a last line without an end; return what to say of it."""
        line = plain(self._torn).decode(errors="replace").replace("\0", "")
        cells = next((cells for _, cells in self._rows([line])), [])
        whole = list[str]()
        if cells and not self._open and line.count('"') % 2 == 0:
            last = line[-1:].isspace() if self._delimiter is None else line[-1:] == '"'
            lines = plain(self._above).decode(errors="replace").split("\n")[1:]
            above = [row for _, row in self._rows(lines) if len(row) == len(self._header)]
            columns, num_rows = self._columns.columns(), self._columns.num_rows
            whole = whole_cells(cells, last, above, _keys(self._header), columns, num_rows)
        if not whole:
            return "has no end and may be torn: it is left out"
        row = whole + [""] * (len(self._header) - len(whole))
        self._add_batch([row])
        is_whole = len(whole) == len(self._header)
        return "" if is_whole else "has no end: its last value may be torn and is left out"

    def _add_batch(self, batch: list[list[str]]) -> None:
        first = self._columns.num_rows
        self._add_rows(batch, np.arange(first, first + len(batch)))
        self._columns.num_rows = first + len(batch)

    def _add_rows(self, batch: list[list[str]], place: NDArray[np.int64]) -> None:
        """Add rows of cells as columns of numbers. place: (n,), the rows' numbers."""
        for key, cells in zip(_keys(self._header), zip(*batch, strict=True), strict=False):
            filled = [i for i, cell in enumerate(cells) if cell and not cell.isspace()]
            plain = "_" not in "".join(cells)  # float() takes 1_000, which is a name
            try:
                value = np.array([float(cells[i]) for i in filled]) if plain else None
            except ValueError:
                value = None
            if value is None:
                said = phases.phase if key == self._phase else number
                found = {i: x for i in filled if (x := said(cells[i])) is not None}
                filled, value = list(found), np.array(list(found.values()))
            self._columns.add_column(key, place[filled], value)

    def _rows(self, lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield the number and the cells of each line that is neither blank nor a comment."""
        at = 0

        def plain() -> Iterator[str]:
            nonlocal at
            for at, line in enumerate(lines, 1):  # noqa: B007
                if line.startswith("#{"):
                    with suppress(ValueError, RecursionError):
                        self._config.update(json.loads(line[1:]))
                elif not line.startswith("#"):
                    yield line.replace("\0", "")

        if self._delimiter is None:
            yield from ((at, line.split()) for line in plain() if line.strip())
            return
        reader = csv.reader(plain(), delimiter=self._delimiter)
        limit = csv.field_size_limit(LONGEST_LINE)  # RLlib's `config` cells pass 128 KiB
        try:
            while True:
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error:  # a cell longer than the limit, say: a line that does not fit
                    cells = [""]
                if cells:
                    yield at, cells
        finally:
            csv.field_size_limit(limit)


def _head(path: Path) -> str:
    """Return the first lines of a file, with whole ones for a header and rows to judge it by."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
        while (decoded := text(head) or "").count("\n") < _FEWEST and len(head) < _LONGEST_HEAD:
            more = file.read(len(head))
            if not more:
                break
            head += more
    return decoded


def _kind(cells: list[str], header: list[str]) -> str:
    """Return whether cells are a "row", another "header", "bad", or nothing: ""."""
    if len(cells) == len(header):
        repeated = cells[0].strip() == header[0] and [cell.strip() for cell in cells] == header
        return "" if repeated else "row"
    if cells and all(cell.strip() and number(cell) is None for cell in cells):
        short = [cell.strip() for cell in cells] == [name for name in header if name]
        return "" if short else "header"  # the first line, where a column has no name
    return "bad" if any(map(str.strip, cells)) or cells == [""] else ""


def _keys(header: list[str]) -> list[str]:
    """Return the names of the columns, numbered where several have one name."""
    seen: dict[str, int] = {}
    keys = []
    for name in header:
        seen[name] = seen.get(name, 0) + 1
        keys.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return keys


def _sum(columns: dict[str, Column], name: str) -> Column:
    """Return the sum of the terms `name/0`, `name/1`, … where all are."""
    terms = [column for key, column in columns.items() if key.rpartition("/")[0] == name]
    row = reduce(np.intersect1d, [term.row for term in terms])
    return Column(row, sum((t.value[np.isin(t.row, row)] for t in terms), np.zeros(len(row))))


def _notes(unnamed: str, bad: list[int], last: int, end: str) -> list[str]:
    """Return notes. unnamed: on such columns; end: on a last line not read whole."""
    shown = ", ".join(map(str, bad[:_SHOWN])) + (", …" if len(bad) > _SHOWN else "")
    notes = [unnamed] if unnamed else []
    notes += [f"lines that do not fit the header, left out: {len(bad)} ({shown})"] if bad else []
    return [*notes, f"line {last + 1}, the last, {end}"] if end else notes


def _name_columns(table: Table, path: Path) -> None:
    """Name what the table leaves unnamed: the metric of a download, the axis of a monitor.csv."""
    names = set(table.columns)
    if names == {"Wall time", "Step", "Value"}:
        match = _DOWNLOAD.fullmatch(path.stem)
        table.columns[match["tag"] if match else path.stem] = table.columns.pop("Value")
        table.name = match["run"] if match and match["run"] else table.name
    elif {"r", "l", "t"} <= names:
        table.axis = "episode"
    elif {"epoch", "train_loss", "valid_loss", "time"} <= names:  # fastai measures on valid alone
        table.of_evaluation = names - {"epoch", "train_loss", "valid_loss", "time"}
    elif "" in names and any(name.startswith("val_") for name in names):
        table.axis = "epoch"  # Keras' history, saved with pandas: its index counts epochs


def _of_each_run(table: Table) -> list[Table]:
    """Return a table for each run of a Weights & Biases download, whose columns name the run."""
    chosen: dict[str, dict[str, Column]] = {}
    shared = {name: column for name, column in table.columns.items() if " - " not in name}
    for name, column in table.columns.items():
        run, _, metric = name.rpartition(" - ")
        if run and f"{name}__MIN" in table.columns:
            chosen.setdefault(run, dict(shared))[metric] = column
    return [replace(table, name=run, columns=own) for run, own in chosen.items()] or [table]
