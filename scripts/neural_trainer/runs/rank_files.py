"""What the other ranks of a distributed run recorded, beside the metrics of rank 0."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from neural_trainer.errors import ReadError
from neural_trainer.runs.run import Run, Series

_NAME = re.compile(r"rank-(\d+)\.jsonl")
MOST_RANKS = 64  # that are read: of more, those of the lowest numbers
# What differs between ranks where one of them is ill or slow. All else is as rank 0 has it.
SIGNALS = ("loss", "grad_norm", "grad_norm/local", "step_time_s", "data_time_s")


def rank_signals(
    folder: Path, read: Callable[[Path], list[Run]]
) -> tuple[dict[str, Series], tuple[str, ...]]:
    """Return the signals rank/1/loss … of the ranks' files in a run folder, and notes.

    read: returns the runs in a file.
    """
    files = sorted(
        (int(match[1]), path)
        for path in folder.iterdir()
        if (match := _NAME.fullmatch(path.name)) and path.stat().st_size
    )
    notes = []
    if len(files) > MOST_RANKS:
        notes.append(f"of {len(files)} ranks besides 0 the first {MOST_RANKS} are read")
    found: dict[str, Series] = {}
    for rank, path in files[:MOST_RANKS]:
        try:
            run = read(path)[-1]
        except ReadError as error:
            notes.append(str(error))
            continue
        own = {run.logged_as.get(name, name): name for name in run.signals}
        for name in SIGNALS:
            series = run.signals.get(own.get(name, name))
            if series is not None:
                found[f"rank/{rank}/{name}"] = series
    return found, tuple(notes)
