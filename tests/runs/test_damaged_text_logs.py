"""Text logs that are cut off, flipped, or put together at random: sound runs, or one line."""

# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from expected_log import Log
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from logs_as_written import LOGS

from neural_trainer.errors import ReadError
from neural_trainer.runs.read import read_all


def _is_one_line(message: str) -> None:
    assert "\n" not in message


def _is_sound(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        runs = read_all(path)
    except ReadError as error:
        _is_one_line(str(error))
        return
    assert runs
    for run in runs:
        assert run.signals
        for series in run.signals.values():
            assert len(series) == len(series.value) > 0
            assert (np.diff(series.step) > 0).all()


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_truncated(log: Log, tmp_path: Path) -> None:
    data = log.text.encode()
    for size in range(1, len(data), max(1, len(data) // 12)):
        _is_sound(tmp_path / "log", data[:size])


FOREVER = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FOREVER
@given(
    name=st.sampled_from(sorted(LOGS)),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=9),
)
def test_flipped_bytes(name: str, flips: list[tuple[float, int]], tmp_path: Path) -> None:
    data = bytearray(LOGS[name].text.encode())
    for at, mask in flips:
        data[int(at * len(data))] ^= mask
    _is_sound(tmp_path / "log", bytes(data))


PIECES = [
    "step", "epoch", "loss", "val", "train", "acc", "lr", "test", "reward", " ", ": ", "=", "/", "(", ")",
    "[", "]", ", ", "|", "\t", "\n", "\r", "%", "-", "1", "2", "10", "0.5", "nan", "inf", "1e-3", "00:12", "ms",
    "\x1b[1m", "\b", "Epoch 1/3\n", "10/10 [==] - 1s - loss: ", "[3]\t", "#", "2024-01-01 10:00:00", "1e999",
]  # fmt: skip


@FOREVER
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=80))
def test_any_pieces(pieces: list[str], tmp_path: Path) -> None:
    _is_sound(tmp_path / "log", "".join(pieces).encode())
