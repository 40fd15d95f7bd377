"""Logs that the real libraries wrote are read to the numbers that were handed to them."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cut_off import assert_part
from sound import read_soundly

from neural_trainer.runs.read import read_all

ROOT = Path(__file__).resolve().parents[2]
WRITERS = ROOT / "tests" / "runs" / "fixtures"
KEPT = WRITERS / "libraries"
PYTHON = ROOT / ".libraries" / "bin" / "python"
NAMES = sorted(path.parent.name for path in KEPT.glob("*/expected.json"))


def expected(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    return loaded


def assert_read(folder: Path) -> None:
    """Hold the log in `folder` to what was handed to the library that wrote it."""
    want = expected(folder)
    runs = read_all(folder / want["log"])
    assert {run.format for run in runs} == {want["reader"]}
    assert len(runs) == len(want["runs"])
    for run, signals in zip(runs, want["runs"], strict=True):
        assert set(signals) <= set(run.signals)
        assert set(run.signals) - set(signals) <= set(want["others"])
        for signal, (step, value) in signals.items():
            np.testing.assert_array_equal(run.signals[signal].step, step, err_msg=signal)
            np.testing.assert_allclose(
                run.signals[signal].value, value, want["rtol"], want["atol"], err_msg=signal
            )


def test_every_writer_has_its_kept_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(WRITERS)
    assert sorted(importlib.import_module("make_fixtures").WRITERS) == NAMES


def test_what_is_kept_is_small() -> None:
    size = sum(path.stat().st_size for path in KEPT.rglob("*") if path.is_file())
    assert 0 < size < 300_000


@pytest.mark.parametrize("name", NAMES)
def test_kept(name: str) -> None:
    assert_read(KEPT / name)


@pytest.mark.parametrize("name", NAMES)
def test_kept_and_cut_off(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(KEPT / name, folder)
    log = folder / expected(folder)["log"]
    whole = read_all(log)
    files = [log] if log.is_file() else sorted(path for path in log.rglob("*") if path.is_file())
    for path in files:
        data = path.read_bytes()
        # Of a first epoch that is not finished Keras' running means are read.
        start = data.index(b"Epoch 2/") if name == "keras-stdout" else 0
        for size in np.linspace(start, len(data), 42 // len(files) + 2, dtype=int)[:-1]:
            path.write_bytes(data[:size])
            assert_part(read_soundly(log), whole)
        path.write_bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_written_anew(name: str, tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("the libraries are not installed: run make libraries")
    command = [str(PYTHON), str(WRITERS / "make_fixtures.py"), "--into", str(tmp_path), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    if lacking := re.search(r"for lack of (.*)", done.stderr):
        pytest.skip(f"{lacking[1]} did not install on the Python of .libraries")
    assert_read(tmp_path / name)
