"""CSV, TSV and tables in columns of spaces: a header of names, one line a step or an epoch.

Written by Lightning (metrics.csv), Keras and fastai (history.csv), Ultralytics (results.csv, and
results.txt, which has no header but known columns), RLlib and Stable-Baselines3 (progress.csv,
monitor.csv, whose first line is `#` and JSON), Spinning Up (progress.txt), Flair (loss.tsv),
dvclive, CatBoost, Weights & Biases (a download holds several runs) and TensorBoard's own download,
whose metric is named in the file name alone.
An empty cell was not logged; a literal nan was logged as NaN. Cells may be padded and carry units
(6.29G, 12/299, 00:12). A header in mid-file begins another part of the same log.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Column, Columns, number
from neural_trainer.runs.dialect import dialect_of
from neural_trainer.runs.lines import LONGEST_LINE, lines, text
from neural_trainer.runs.run import Run

NAME = "delimited-table"

_BATCH = 4096  # rows turned into columns at once
_BATCH_CHARACTERS = 1 << 25  # in them: RLlib writes its whole config into each row
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
    return found is not None and (found.header is not None or found.num_numeric == len(_YOLO))


def read(path: Path) -> list[Run]:
    """Return the run in the table, more than one where its steps start again."""
    with path.open("rb") as file:
        decoded = text(file.read(1 << 16))
    found = dialect_of(decoded or "")
    if found is None:
        raise ReadError(f"{path}: a table of text without columns of numbers; expected metrics")
    header = found.header
    if header is None:
        if found.num_numeric != len(_YOLO):
            raise ReadError(f"{path}: {found.num_numeric} columns without a header that names them")
        header = list(_YOLO)
    columns, notes, config = _fill(path, found.delimiter, header)
    table = Table(
        path.stem, str(path), NAME, columns.columns(), columns.num_rows, notes=notes, config=config
    )
    _name_columns(table, path)
    return [run for one in _of_each_run(table) for run in to_runs(one)]


def _rows(
    path: Path, delimiter: str | None, config: dict[str, object]
) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that is neither blank nor a comment."""
    at = 0

    def plain() -> Iterator[str]:
        nonlocal at
        for number_of, line in lines(path):
            at = number_of
            if line.startswith("#{"):
                try:
                    config.update(json.loads(line[1:]))
                except (ValueError, RecursionError):
                    continue
            elif not line.startswith("#"):
                yield line.replace("\0", "")

    if delimiter is None:
        for line in plain():
            if line.strip():
                yield at, line.split()
        return
    reader = csv.reader(plain(), delimiter=delimiter)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a cell longer than the limit, say: noted as a line that does not fit
            cells = [""]
        if cells:
            yield at, cells


def _fill(
    path: Path, delimiter: str | None, header: list[str]
) -> tuple[Columns, list[str], dict[str, object]]:
    columns, bad, config = Columns(), list[int](), dict[str, object]()
    batch: list[list[str]] = []
    last = first = size = 0
    limit = csv.field_size_limit(LONGEST_LINE)  # RLlib's `config` cells pass the default of 128 KiB
    try:
        for last, cells in _rows(path, delimiter, config):
            if len(cells) == len(header):
                if cells[0].strip() == header[0] and [cell.strip() for cell in cells] == header:
                    continue
                batch.append(cells)
                size += sum(map(len, cells))
                if len(batch) == _BATCH or size > _BATCH_CHARACTERS:
                    first += _add(columns, header, batch, first)
                    batch, size = [], 0
            elif all(cell.strip() and number(cell) is None for cell in cells):
                first += _add(columns, header, batch, first)
                batch, header = [], [cell.strip() for cell in cells]
            elif any(map(str.strip, cells)) or cells == [""]:
                bad.append(last)
        _add(columns, header, batch, first)
    finally:
        csv.field_size_limit(limit)
    return columns, _notes(bad, last), config


def _notes(bad: list[int], last: int) -> list[str]:
    if bad == [last]:
        return [f"line {last}, the last, is torn and left out"]
    shown = ", ".join(map(str, bad[:_SHOWN])) + (", …" if len(bad) > _SHOWN else "")
    return [f"lines that do not fit the header, left out: {len(bad)} ({shown})"] if bad else []


def _add(columns: Columns, header: list[str], batch: list[list[str]], first: int) -> int:
    """Add rows of cells as columns of numbers; return how many rows they were."""
    seen: dict[str, int] = {}
    for name, cells in zip(header, zip(*batch, strict=True), strict=False):
        seen[name] = seen.get(name, 0) + 1
        key = name if seen[name] == 1 else f"{name}#{seen[name]}"
        filled = [i for i, cell in enumerate(cells) if cell and not cell.isspace()]
        try:
            value = np.array([float(cells[i]) for i in filled])
        except ValueError:
            found = {i: x for i in filled if (x := number(cells[i])) is not None}
            filled, value = list(found), np.array(list(found.values()))
        columns.add_column(key, np.array(filled, np.int64) + first, value)
    return len(batch)


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
