"""The benchmark of reading: it sees other values, and its table fits a terminal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import read_logs

STEP = np.arange(5.0)
VALUE = np.array([1.0, np.nan, np.inf, 0.1, 1e-300])
READ = {"train/loss": np.array([STEP, VALUE])}


def _differs(folder: Path, other: dict[str, np.ndarray], error: float = 0.0) -> str:
    np.savez(folder / "ours.npz", **READ)
    np.savez(folder / "peers.npz", **other)
    return read_logs.difference(folder / "ours.npz", folder / "peers.npz", error)


def test_the_same_values_differ_in_nothing(tmp_path: Path) -> None:
    assert _differs(tmp_path, READ) == ""


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"train/loss": np.array([STEP, VALUE * (1 + 1e-15)])}, id="last-place"),
        pytest.param({"train/loss": np.array([STEP + 1, VALUE])}, id="step"),
        pytest.param({"train/loss": np.array([STEP[:-1], VALUE[:-1]])}, id="point-missing"),
        pytest.param({"train/loss": np.array([STEP, [1, 2, np.inf, 0.1, 1e-300]])}, id="nan"),
        pytest.param({**READ, "lr": np.array([STEP, STEP])}, id="series-missing"),
        pytest.param({"loss": READ["train/loss"]}, id="other-name"),
    ],
)
def test_other_values_are_told(tmp_path: Path, other: dict[str, np.ndarray]) -> None:
    assert _differs(tmp_path, other)


def test_an_error_of_the_peer_is_borne(tmp_path: Path) -> None:
    off = {"train/loss": np.array([STEP, VALUE * (1 + 2.3e-16)])}
    assert _differs(tmp_path, off)
    assert not _differs(tmp_path, off, read_logs.ULPS)


@pytest.mark.parametrize("case", read_logs.CASES, ids=lambda case: case.kind)
def test_lines_fit_a_terminal(case: read_logs.Case) -> None:
    for peer in case.peers:
        row = read_logs.Row(
            case.title, peer.name, 123.4567, 12345e6, 1234.56, peer.times, "reached"
        )
        assert len(read_logs.line(row)) <= 80
    assert len(case.title) <= 80
