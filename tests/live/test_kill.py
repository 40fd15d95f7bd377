"""kill -9: whatever the moment, every line that was written is whole and is read back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neural_trainer.live.run_folder import METRICS_FILE, RUN_FILE
from neural_trainer.runs.read import read

SCRIPTS = Path(__file__).parents[2] / "scripts"

LOOP = """
import os
from neural_trainer import Monitor
monitor = Monitor("run", judge=False, config={"lr": 0.1})
step = 0
while True:
    step += 1
    monitor.step(1.0 / step, lr=0.1, grad_norm=1.5, samples=8)
    if step % 7 == 0:
        monitor.evaluate(loss=2.0 / step)
    os.write(1, b".")
"""


@pytest.mark.parametrize("after_steps", [1, 2, 50, 777, 3000])
def test_a_killed_run_has_lost_at_most_the_line_in_flight(project: Path, after_steps: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", LOOP],
        env={"PYTHONPATH": str(SCRIPTS), "PATH": ""},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    told = 0
    while told < after_steps:
        told += len(os.read(process.stdout.fileno(), 1))
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL
    # What it had told before it died; at most a pipe is waiting.
    told += len(process.stdout.read())
    process.stdout.close()

    *whole, _in_flight = (project / "run" / METRICS_FILE).read_bytes().split(b"\n")
    rows = [json.loads(line) for line in whole]
    steps = [row["step"] for row in rows if "loss" in row]
    assert steps == list(range(1, len(steps) + 1))
    assert told <= len(steps) <= told + 1
    assert json.loads((project / "run" / RUN_FILE).read_text())["config"] == {"lr": 0.1}
    run = read("run")
    assert run.signals["loss"].step.tolist() == steps
