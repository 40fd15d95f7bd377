"""kill -9 of a training at random moments, again and again: its losses are those without."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from neural_trainer.runs.read import read

HERE = Path(__file__).parent


def begun(python: subprocess.Popen[bytes], least: int, then_s: float) -> bool:
    """Wait until the child has begun so many steps and some time more, and kill it.

    Returns whether it was still at work.
    """
    assert python.stdout is not None
    pipe = python.stdout.fileno()
    child = python.stdout.readline()
    while not child.strip():
        assert child, "the training has ended by itself"
        child = python.stdout.readline()
    said = b""
    while said.count(b".") < least and b"\n" not in said:
        said += os.read(pipe, 1)
    until = time.perf_counter() + then_s
    while (left := until - time.perf_counter()) > 0 and b"\n" not in said:
        if select.select([pipe], [], [], left)[0]:
            said += os.read(pipe, 1)
    if b"\n" in said:
        return False
    os.kill(int(child), signal.SIGKILL)
    while b"\n" not in said:
        said += os.read(pipe, 1)
    return True


@pytest.mark.parametrize(
    "kills", [pytest.param(2, id="2"), pytest.param(20, id="20", marks=pytest.mark.slow)]
)
def test_no_kill_changes_a_loss(project: Path, kills: int) -> None:
    moments = random.Random(kills)
    words = [sys.executable, str(HERE / "killed_trainer.py")]
    environment = {
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1] / "scripts"), str(HERE)]), "PATH": "",
    }  # fmt: skip
    subprocess.run([*words, "0", "whole"], env=environment, check=True, capture_output=True)
    with subprocess.Popen(
        [*words, str(kills), "killed"], env=environment, stdout=subprocess.PIPE, bufsize=0
    ) as python:
        done = [begun(python, moments.randint(1, 4), 0.02 * moments.random()) for _ in range(kills)]
        assert python.stdout is not None
        python.stdout.read()
        assert python.wait(timeout=60) == 0
    assert all(done), "the run ended before it was killed so often"
    whole, killed = read("whole"), read("killed")
    for name in ("loss", "eval/loss", "grad_norm", "lr"):
        assert killed.signals[name].step.tolist() == whole.signals[name].step.tolist()
        assert killed.signals[name].value.tolist() == whole.signals[name].value.tolist()
    assert len(whole.signals["loss"]) == 60
    kept = sorted(path.name for path in Path("killed/checkpoints").iterdir())
    best = int(whole.signals["eval/loss"].value.argmin() + 1) * 5
    assert kept == sorted({"step-00000058", "step-00000060", f"step-{best:08d}"})
