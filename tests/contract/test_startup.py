"""What a command does not import: nobody waits for a package that the command does not use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neural_trainer.commands import VERBS

SCRIPTS = Path(__file__).parents[2] / "scripts"

# Runs the cli with the words it is given and writes, last on stderr, which modules that took.
RUN = """
import json, sys
sys.path.insert(0, sys.argv.pop(1))
from neural_trainer.cli import main
code = main()
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def modules_of(words: list[str], folder: Path) -> set[str]:
    """Return the modules that `neural-trainer WORDS` has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(SCRIPTS), *words],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    assert "neural_trainer.cli" in modules
    return set(modules)


HELP = {"overview": ["--help"], **{verb: [verb, "--help"] for verb in VERBS}}


@pytest.mark.parametrize("words", HELP.values(), ids=HELP)
def test_help_imports_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    heavy = {"matplotlib", "numpy", "pandas", "rich", "scipy", "torch", "yaml"}
    assert not modules_of(words, tmp_path) & heavy


def test_diagnose_imports_numpy_and_nothing_heavier(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    rows = [{"step": step, "loss": 2.0 / (1 + step / 50), "lr": 1e-3} for step in range(200)]
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    modules = modules_of(["diagnose", str(log)], tmp_path)
    assert "numpy" in modules
    assert not modules & {"matplotlib", "pandas", "scipy", "tensorboard", "torch"}
