"""Rows of statistics that say by their step what they must hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_trainer.runs.layers import (
    ACTIVATION_STATISTICS,
    GRADIENT_STATISTICS,
    Layers,
    Module,
    Parameter,
)
from neural_trainer.runs.layers_file import MAGIC, crc_of, encode_header, encode_row

PARAMETERS = (
    Parameter("embed.weight", "embedding", (50, 8), True, 0),
    Parameter("block.0.weight", "linear", (8, 8), True, 0),
    Parameter("block.0.bias", "bias", (8,), False, None),
)
MODULES = (Module("block.0.act", "relu"), Module("block.0.attention", "attention"))
WIDTH = len(GRADIENT_STATISTICS) * len(PARAMETERS) + len(ACTIVATION_STATISTICS) * len(MODULES)


def values_at(step: float, width: int = WIDTH) -> NDArray[np.float32]:
    """Return what a row holds at `step`: seeded by it, with one NaN and one infinity."""
    values = np.random.default_rng(int(step)).standard_normal(width).astype(np.float32)
    values[int(step) % width] = np.nan
    values[(int(step) + 1) % width] = np.inf
    return values


def file_of(steps: Iterable[float]) -> bytes:
    """Return a file with a row at each of `steps`, written by frames."""
    header = encode_header(PARAMETERS, MODULES)
    rows = [encode_row(crc_of(header), step, 10.0 + step, values_at(step)) for step in steps]
    return b"".join([MAGIC, header, *rows])


def written(path: Path, steps: Iterable[float]) -> Path:
    """Write such a file."""
    path.write_bytes(file_of(steps))
    return path


def assert_true(layers: Layers) -> None:
    """Assert that each row holds what its step says, in every table, by name."""
    assert [p.name for p in layers.parameters] == [p.name for p in PARAMETERS]
    assert list(layers.gradients) == list(GRADIENT_STATISTICS)
    assert list(layers.activations) == list(ACTIVATION_STATISTICS)
    assert np.array_equal(layers.time, 10.0 + layers.step)
    for row, step in enumerate(layers.step):
        expected = values_at(step)
        for table, names, width in (
            (layers.gradients, GRADIENT_STATISTICS, len(PARAMETERS)),
            (layers.activations, ACTIVATION_STATISTICS, len(MODULES)),
        ):
            for name in names:
                head, expected = expected[:width], expected[width:]
                assert np.array_equal(table[name][row], head, equal_nan=True), (name, step)
