"""What data did to a training, said in one line in place of a stack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from neural_trainer.errors import ConfigError
from neural_trainer.layers.batches import IGNORED, targets

_OUT_OF_RANGE = ("out of bounds", "out of range", "device-side assert")


@contextmanager
def missing_data_told(whose: str) -> Iterator[None]:
    """Turn a file that is not there, wherever it was opened, into a ConfigError."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        # A loader's worker hands over its stack as text: the last line is the error's own.
        told = str(error).strip().splitlines()[-1].rpartition("Error: ")[2]
        raise ConfigError(f"{whose}: missing data: {told}") from error


@contextmanager
def out_of_range_told(batch: Any, where: str) -> Iterator[None]:
    """Turn an index that the model does not have into a ConfigError that says the labels' range."""
    try:
        yield
    except (IndexError, RuntimeError) as error:
        if not any(word in str(error) for word in _OUT_OF_RANGE):
            raise
        raise ConfigError(f"{where}: {_range(batch)} ({_first_line(error)})") from error


def _range(batch: Any) -> str:
    labels = targets(batch)
    if labels is None or not (kept := labels[labels != IGNORED]).numel():
        return "an index of the batch is out of the model's range"
    return (
        f"a label or an index is out of range: the labels run from {int(kept.min())} to "
        f"{int(kept.max())}; expected 0 to one less than the model's classes, or {IGNORED} to "
        f"leave one out"
    )


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]
