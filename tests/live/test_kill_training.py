"""kill -9 of a training at random moments: at most the step in flight is lost, all else is read."""

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
from loops import rows

from neural_trainer.runs.layers_file import read_layers
from neural_trainer.runs.read import read

HERE = Path(__file__).parent


def told(pipe: int) -> bytes:
    """Return what a run has said since the last time."""
    said = os.read(pipe, 1 << 16)
    assert said, "the training has ended by itself"
    return said


def killed(pipe: int, said: bytes, least_steps: int, then_s: float) -> tuple[int, bytes]:
    """Kill a run once it has begun so many steps and some time more.

    said: what it has said so far. Return how many it began, and what the next one has said by then.
    """
    while b"\n" not in said:
        said += told(pipe)
    child, _, begun = said.partition(b"\n")
    while len(begun) < least_steps:
        begun += told(pipe)
    until = time.perf_counter() + then_s
    while (left := until - time.perf_counter()) > 0 and select.select([pipe], [], [], left)[0]:
        begun += told(pipe)
    os.kill(int(child), signal.SIGKILL)
    while b"\n" not in begun:
        begun += told(pipe)
    begun, _, after = begun.partition(b"\n")
    assert set(begun) == set(b"."), begun
    return len(begun), after


def check(folder: Path, begun: int) -> bool:
    """Compare what a killed run left with what it had begun; return whether a row was torn."""
    whole, torn = (folder / "metrics.jsonl").read_bytes().rpartition(b"\n")[::2]
    assert whole
    steps = [row["step"] for row in rows(folder) if "loss" in row] if not torn else None
    if steps is None:
        (folder / "metrics.jsonl").write_bytes(whole + b"\n")
        steps = [row["step"] for row in rows(folder) if "loss" in row]
    assert steps == list(range(1, len(steps) + 1))
    assert begun - 1 <= len(steps) <= begun, "more than the step in flight is lost"
    run = read(folder)
    assert run.signals["loss"].step.tolist() == steps
    assert run.signals["grad_norm"].step.tolist() == steps
    assert len(run.signals["eval/loss"]) in (len(steps) // 7, len(steps) // 7 - (begun % 7 == 0))
    found, notes = read_layers(folder / "layers.bin")
    assert notes == ()
    # A row follows its line: that of the last line may be the one in flight.
    due = [step for step in steps if step == 1 or step % 3 == 0]
    assert found.step.tolist() in (due, due[:-1] if due[-1] == steps[-1] else due)
    return bool(torn)


@pytest.mark.parametrize(
    "kills", [pytest.param(4, id="4"), pytest.param(200, id="200", marks=pytest.mark.slow)]
)
def test_at_most_the_step_in_flight_is_lost(project: Path, kills: int) -> None:
    moments = random.Random(11)
    process = subprocess.Popen(
        [sys.executable, str(HERE / "killed_training.py"), str(kills)],
        env={"PYTHONPATH": f"{HERE.parents[1] / 'scripts'}:{HERE}", "PATH": ""},
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    try:
        said = b""
        for number in range(kills):
            begun, said = killed(pipe, said, moments.randint(8, 40), moments.random() * 0.02)
            check(project / f"run-{number}", begun)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
