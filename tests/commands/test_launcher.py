"""A script started by a Python without the core packages hands over to bin/neural-trainer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from example_logs import write

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture
def without_numpy(tmp_path: Path) -> dict[str, str]:
    """An environment in which numpy cannot be imported, but for the interpreter that bin takes."""
    hidden = tmp_path / "hidden" / "numpy"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError('hidden', name='numpy')\n")
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nunset PYTHONPATH\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(hidden.parent),
        "NEURAL_TRAINER_PYTHON": str(python),
    }


def test_the_launcher_takes_over(tmp_path: Path, without_numpy: dict[str, str]) -> None:
    log = write("diverging", tmp_path)
    command = [sys.executable, str(SCRIPTS / "diagnose.py"), str(log), "--json"]
    done = subprocess.run(command, env=without_numpy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "faulty"


def test_it_is_said_once_where_that_python_lacks_them_too(
    tmp_path: Path, without_numpy: dict[str, str]
) -> None:
    log = write("diverging", tmp_path)
    command = [sys.executable, str(SCRIPTS / "diagnose.py"), str(log)]
    env = {**without_numpy, "NEURAL_TRAINER_PYTHON": sys.executable}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "has no numpy" in done.stderr


def test_the_relay_needs_none_of_them(without_numpy: dict[str, str], tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        "import neural_trainer.live.relay, sys; print('numpy' in sys.modules)",
    ]
    env = {**without_numpy, "PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.stdout == "False\n"
