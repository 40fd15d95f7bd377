"""Weights & Biases' run-ID.wandb files, as an offline run leaves them and `wandb sync` sends them.

A log of LevelDB's form (blocks of 32 KiB, each fragment with its CRC) of protobuf records, of which
history, configuration and run are read; wandb itself is not needed. `_step` numbers the calls of
log(); where the rows carry the optimizer's step (train/global_step, or what define_metric names),
that is the axis. A file whose last block was not flushed is read up to there; after damage reading
goes on with the next block. Pictures, tables, histograms and the machine's figures are left out.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, counts, to_runs
from neural_trainer.runs.run import Run
from neural_trainer.runs.wandb_history import History, items_of
from neural_trainer.runs.wandb_log import MAGIC, LogFile, fields

NAME = "wandb-file"

_HISTORY, _CONFIG, _METRIC, _RUN = 2, 5, 12, 17  # fields of a record
_IGNORED = b"\x1a\x22\x3a"  # tags of a summary, of output and of the machine's figures
_MOST_CONFIG = 1 << 24  # bytes of it that are looked at


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the file begins as W&B's do."""
    return head.startswith(MAGIC)


def read(path: Path) -> list[Run]:
    """Return the runs in the file, more than one where its steps start again."""
    file, history, about = LogFile(path), History(), _About()
    for batch in file:
        messages, others = batch.of_kind(_HISTORY << 3 | 2, _IGNORED)
        history.add(messages)
        for record in others:
            try:
                kind, message = _parse(batch.bytes_of(record))
            except (ValueError, IndexError):
                history.num_broken += 1
                continue
            if kind == _HISTORY:
                history.add_one(message)
            elif kind:
                about.add(kind, message)
    notes = file.notes
    if history.num_broken:
        notes.append(f"{path.name}: {history.num_broken} records are broken and left out")
    columns = dict(sorted(history.columns.columns().items()))  # wandb writes keys in any order
    if not columns:
        why = f"; {notes[0]}" if notes else ""
        raise ReadError(f"{path}: a W&B file without a row of history{why}; expected log() calls")
    chosen = about.step_metric()
    if chosen in columns and counts(chosen) is None:
        columns = {"step": columns.pop(chosen), **columns}
    elif chosen and chosen in columns and chosen != "_step":
        columns.pop("_step", None)  # else it may be taken before the one that was named
    table = Table(path.stem, str(path), NAME, columns, history.columns.num_rows)
    table.config, table.notes = about.config, notes
    return to_runs(table)


def _parse(record: bytes) -> tuple[int, bytes]:
    """Return a record's kind and message, (0, b"") where it is of no use here.

    Raises ValueError or IndexError where it is no record.
    """
    for number, message in fields(record):
        if number in (_HISTORY, _CONFIG, _METRIC, _RUN) and isinstance(message, bytes):
            return number, message
    return 0, b""


class _About:
    """What the records that are no rows tell of the run."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = {}
        self._size = 0
        self._steps: Counter[str] = Counter()

    def add(self, kind: int, message: bytes) -> None:
        """Take in a record of the configuration, of a metric or of the run."""
        self._size += len(message)
        if self._size > _MOST_CONFIG:
            return
        try:
            if kind == _CONFIG:
                self._update(message)
                return
            for number, value in fields(message):
                if kind == _RUN and number == 4 and isinstance(value, bytes):
                    self._update(value)
                elif kind == _METRIC and number == 4 and isinstance(value, bytes):
                    self._steps[value.decode(errors="replace")] += 1
        except (ValueError, IndexError):
            return

    def _update(self, message: bytes) -> None:
        self.config |= {key: value for key, value in items_of(message) if key != "_wandb"}

    def step_metric(self) -> str:
        """Return what define_metric most often names as the step, "" where it names none."""
        return next((name for name, _ in self._steps.most_common(1)), "")
