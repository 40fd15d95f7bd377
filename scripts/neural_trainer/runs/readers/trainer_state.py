"""trainer_state.json: the state that the Hugging Face Trainer saves with each checkpoint.

`log_history` mixes rows of training (`loss`), of evaluation (`eval_*`, one group a data set) and,
at the end, a summary of the whole run (`train_loss`, `train_runtime`) at the last step. Rows of
`predict` carry no step and are placed at the step before them. `train_loss` is a mean over the
run and never stands for the loss where `loss` was logged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_trainer.errors import ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Columns
from neural_trainer.runs.lines import encoding, text
from neural_trainer.runs.run import Run

NAME = "trainer-state"

_LARGEST = 1 << 30  # bytes; a history of a million rows takes 200 MB
_SETTINGS = ("max_steps", "num_train_epochs", "train_batch_size", "logging_steps", "eval_steps")


def sniff(head: bytes, path: Path) -> bool:
    """Return whether the head holds the Trainer's key for its history."""
    decoded = text(head)
    if decoded is None or not decoded.lstrip("\ufeff \t\r\n").startswith("{"):
        return False
    return '"log_history"' in decoded or path.name == "trainer_state.json"


def read(path: Path) -> list[Run]:
    """Return the run whose history the state holds."""
    if path.stat().st_size > _LARGEST:
        raise ReadError(
            f"{path}: over {_LARGEST >> 30} GiB, more than a trainer_state.json can hold"
        )
    data = path.read_bytes()
    try:
        state = json.loads(data.decode(encoding(data[:4]), errors="replace"))
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{path}: a trainer_state.json that is torn or broken ({error})") from error
    history = state.get("log_history") if isinstance(state, dict) else None
    rows = [row for row in history if isinstance(row, dict)] if isinstance(history, list) else []
    columns = Columns()
    columns.add(rows)
    found = columns.columns()
    if not found:
        raise ReadError(f"{path}: log_history holds no numbers; the run logged nothing so far")
    config: dict[str, Any] = {key: state[key] for key in _SETTINGS if state.get(key) is not None}
    table = Table(path.stem, str(path), NAME, found, columns.num_rows, config=config)
    return to_runs(table)
