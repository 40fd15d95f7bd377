"""The fixture of the plugin, in a test session of a user's own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLUGIN = "neural_trainer.inspect.pytest_plugin"

TESTS = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from checked_cases import sound
from planted_cases import no_causal_mask

QUICK = ("gradients-reach", "causality", "save-and-load")

def test_sound(check_model):
    results = check_model(sound(), only=QUICK)
    assert [result.check for result in results] == list(QUICK)

def test_planted(check_model):
    check_model(no_causal_mask(), only=QUICK)

def test_named(check_model):
    check_model("checked_cases:absent")
"""


def test_a_failed_check_fails_the_test_with_its_evidence(tmp_path: Path) -> None:
    (tmp_path / "test_users.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", "-rf", "-q"],
        cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path),
             "PYTHONPATH": str(ROOT / "scripts"), "COLUMNS": "300", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed, 1 passed" in done.stdout
    assert "causality: the output at place 3 has a gradient of" in done.stdout
    assert "checked_cases has no function 'absent'" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_entry_point_is_the_plugin() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    table = text.partition("[project.entry-points.pytest11]\n")[2]
    name, _, module = table.splitlines()[0].partition(" = ")
    assert (name, module) == ("neural_trainer", f'"{PLUGIN}"')
    assert isinstance(import_module(PLUGIN).check_model, type(pytest.fixture(lambda: None)))
