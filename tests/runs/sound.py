"""What reading any file must come to: sound runs, or a ReadError of one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from reader_examples import EXAMPLES

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read_all
from neural_trainer.runs.run import Run

# What the logs of a reader are called.
FILES = {example.reader: example.file for example in reversed(EXAMPLES.values())}


def read_soundly(path: Path) -> list[Run]:
    """Return the runs at `path`, none where a ReadError refused it; fail where either is unsound.

    Any other exception goes through.
    """
    try:
        runs = read_all(path)
    except ReadError as error:
        said = str(error).removeprefix(str(path))
        assert said.isprintable(), said
        return []
    assert runs
    for run in runs:
        _assert_sound(run)
    return runs


def _assert_sound(run: Run) -> None:
    assert run.signals
    assert run.logged_as.keys() == run.signals.keys()
    for note in run.notes:
        assert note.isprintable(), note
    for name, series in run.signals.items():
        assert series.step.dtype == series.value.dtype == np.float64, name
        assert series.step.shape == series.value.shape == (len(series),), name
        assert len(series), name
        assert np.isfinite(series.step).all(), name
        assert (np.diff(series.step) > 0).all(), name
        if series.time is not None:
            assert series.time.shape == series.step.shape, name
            assert np.isfinite(series.time).all(), name
