"""trainer_state.json: the state that the Hugging Face Trainer saves with each checkpoint.

`log_history` mixes rows of training (`loss`), of evaluation (`eval_*`, one group a data set) and,
at the end, a summary of the whole run (`train_loss`, `train_runtime`) at the last step. Rows of
`predict` carry no step and are placed at the step before them. `train_loss` is a mean over the
run and never stands for the loss where `loss` was logged. Of a file that ends too early the rows
before its end are read.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_trainer.errors import ReadError
from neural_trainer.runs.alike import groups
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Columns
from neural_trainer.runs.document import torn_json
from neural_trainer.runs.lines import encoding, text
from neural_trainer.runs.run import Run

NAME = "trainer-state"

_HISTORY = re.compile(rb'"log_history":\s*\[')
_FEW = 1000  # rows; fewer are parsed with the rest
_TOGETHER = 10_000  # rows read together
_LARGEST = 1 << 30  # bytes; a history of a million rows takes 200 MB
_ENDS_EARLY = "the file ends too early: read up to the last comma"
_SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps")


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the head holds the Trainer's key for its history."""
    decoded = text(head)
    if decoded is None or not decoded.lstrip("\ufeff \t\r\n").startswith("{"):
        return False
    return '"log_history"' in decoded


def read(path: Path) -> list[Run]:
    """Return the run whose history the state holds."""
    if path.stat().st_size > _LARGEST:
        raise ReadError(
            f"{path}: over {_LARGEST >> 30} GiB, more than a trainer_state.json can hold"
        )
    data, notes = path.read_bytes(), list[str]()
    try:
        rest, columns = _without_history(data)
        state = _parsed(rest, whole=data)
    except (ValueError, RecursionError) as error:
        state, columns, notes = _torn(data), Columns(), [_ENDS_EARLY]
        if state is None:
            said = f"a trainer_state.json that is torn or broken ({error})"
            raise ReadError(f"{path}: {said}") from error
    history = state.get("log_history") if isinstance(state, dict) else None
    rows = history if isinstance(history, list) else []
    columns.add([row for row in rows if isinstance(row, dict)])
    found = columns.columns()
    if not found:
        raise ReadError(f"{path}: log_history holds no numbers; the run logged nothing so far")
    config: dict[str, Any] = {key: state[key] for key in _SETTINGS if state.get(key) is not None}
    table = Table(path.stem, str(path), NAME, found, columns.num_rows, config=config, notes=notes)
    return to_runs(table)


def _parsed(rest: bytes, whole: bytes) -> Any:
    """Return what `rest` holds; where it is broken, the error says where in `whole`."""
    try:
        return json.loads(rest.decode(encoding(rest[:4]), errors="replace").rstrip("\0"))
    except ValueError:
        return json.loads(whole.decode(encoding(whole[:4]), errors="replace").rstrip("\0"))


def _torn(data: bytes) -> Any:
    """Return a state that ends too early as far as its rows have a step, None without any."""
    state = torn_json(data.decode(encoding(data[:4]), errors="replace").rstrip("\0"))
    rows = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(rows, list):
        return None
    if rows and isinstance(rows[-1], dict) and "step" not in rows[-1]:
        rows.pop()
    return state if rows else None


def _without_history(data: bytes) -> tuple[bytes, Columns]:
    """Return a state without the rows of its history, and these, where they are flat objects."""
    key = _HISTORY.search(data)
    end = -1 if key is None else data.find(b"]", key.end())
    if key is None or end < 0:
        return data, Columns()
    start, stop = _rows(data, key.end(), end)
    if len(start) < _FEW:
        return data, Columns()
    read = Columns()
    for first in range(0, len(start), _TOGETHER):
        begin, close = start[first : first + _TOGETHER], stop[first : first + _TOGETHER]
        block = data[begin[0] : close[-1]]
        kinds, alone = groups(block, begin - begin[0], close - begin[0])
        try:
            others = [json.loads(data[begin[i] : close[i]]) for i in alone.tolist()]
        except (ValueError, RecursionError):  # a brace in a string, perhaps
            return data, Columns()
        for kind in kinds:
            for name, value in kind.columns.items():
                read.add_column(name, kind.row + first, np.broadcast_to(value, len(kind.row)))
        read.add_at(others, alone + first)
    read.num_rows = len(start)
    return data[: key.end()] + data[end:], read


def _rows(data: bytes, first: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the objects of the list in data[first:end] start and stop; none if in doubt.

    In doubt is what holds braces or brackets of its own, or more than commas between the objects.
    """
    none = np.empty(0, np.int64)
    text = np.frombuffer(data, np.uint8)[first:end]
    start, stop = np.flatnonzero(text == ord("{")), np.flatnonzero(text == ord("}")) + 1
    if not len(start) == len(stop) > 1:
        return none, none
    gap = start[1:] - stop[:-1]
    if (stop <= start).any() or gap[0] < 1 or (gap != gap[0]).any():
        return none, none
    between = text[stop[:-1, None] + np.arange(gap[0])]
    around = [text[: start[0]], text[stop[-1] :], between[:1]]
    if (between != between[:1]).any() or [p.tobytes().strip() for p in around] != [b"", b"", b","]:
        return none, none
    return start + first, stop + first
