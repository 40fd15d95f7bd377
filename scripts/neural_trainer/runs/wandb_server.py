"""Runs of a W&B server by wandb:ENTITY/PROJECT/RUN, through the public API of the package wandb.

Tested against a stand-in of that API, without an account.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from neural_trainer.errors import MissingPackage, ReadError
from neural_trainer.runs.axes import Table, to_runs
from neural_trainer.runs.columns import Columns
from neural_trainer.runs.lines import one_line
from neural_trainer.runs.run import Run

NAME = "wandb-server"

_MOST_RUNS = 200  # of a project
_BATCH = 4096  # rows turned into columns at once
_ADDRESS = re.compile(r"wandb:(?://)?([^/\s]+/[^/\s]+)(?:/(?:runs/)?([^/\s]+))?/?")


def is_address(text: str) -> bool:
    """Return whether `text` names a run or a project of W&B."""
    return text.startswith("wandb:")


def read(address: str) -> list[Run]:
    """Return the run at wandb:ENTITY/PROJECT/RUN, or the first runs at wandb:ENTITY/PROJECT.

    Every row of history is fetched. Raises MissingPackage without wandb, and ReadError.
    """
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise ReadError(f"{address}: is no run; expected wandb:ENTITY/PROJECT/RUN")
    try:
        wandb: Any = import_module("wandb")
    except ImportError as error:
        raise MissingPackage("wandb", f"reading {address}", "wandb") from error
    notes: list[str] = []
    found = []
    try:
        api = wandb.Api()
        if match[2]:
            found.append(api.run(f"{match[1]}/{match[2]}"))
        else:
            for run in api.runs(match[1]):
                if len(found) == _MOST_RUNS:
                    notes.append(f"runs beyond the first {_MOST_RUNS} are left out; name one")
                    break
                found.append(run)
        tables = [table for run in found if (table := _table(run, notes)) is not None]
    except (wandb.Error, ValueError, OSError) as error:
        why = one_line(error) or type(error).__name__
        raise ReadError(
            f"{address}: W&B does not give it ({why}); is `wandb login` done?"
        ) from error
    if not tables:
        raise ReadError(f"{address}: holds no row of history; nothing was logged so far")
    return [run for table in tables for run in to_runs(table)]


def _table(run: Any, notes: list[str]) -> Table | None:
    """Return the history of a run, None where it holds no number."""
    columns, batch = Columns(), list[dict[str, Any]]()
    for row in run.scan_history():
        batch.append({key: value for key, value in row.items() if value is not None})
        if len(batch) == _BATCH:
            columns.add(batch)
            batch = []
    columns.add(batch)
    found = dict(sorted(columns.columns().items()))
    if not found:
        return None
    config = {key: value for key, value in dict(run.config).items() if not key.startswith("_")}
    table = Table(str(run.name), f"wandb:{'/'.join(run.path)}", NAME, found, columns.num_rows)
    table.config, table.notes = config, list(notes)
    return table
