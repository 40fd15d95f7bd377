"""A user types /train; the model launches the run, it goes wrong, and that wakes the model."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from messages_api import MessagesAPI, tool
from real_client import ROOT, Client

PATIENCE_S = 90.0  # for the client to start on a busy machine
WAKE_S = 5.0  # from the alarm in the file to the model

# The session's monitor starts about a second after the session: the loss breaks well after that.
RUN = f"""
import sys, time
sys.path.insert(0, {str(ROOT / "scripts")!r})
from neural_trainer import Monitor
with Monitor("runs/own") as monitor:
    for step in range(1, 10_000):
        monitor.step(float("nan") if step > 160 else 1.0 + 1.0 / step)
        time.sleep(0.05)
"""
LAUNCH = f"neural-trainer launch --yes --detach -- {shlex.quote(sys.executable)} run.py"


@pytest.fixture
def project(home: Client) -> Path:
    """A training project that the user has opened before."""
    folder = home.known_project("launched")
    (folder / "run.py").write_text(RUN, encoding="utf-8")
    return folder


@pytest.fixture
def api() -> Iterator[MessagesAPI]:
    """A model that launches the run as it is asked to, and says "done" from then on."""
    with MessagesAPI(tool("Bash", command=LAUNCH, description="launch")) as running:
        yield running


@pytest.fixture
def screen(
    home: Client, plugin: Path, project: Path, api: MessagesAPI, tmux: Path
) -> Iterator[list[str | Path]]:
    """The client in a terminal, with the prompt; the user lets it launch."""
    server: list[str | Path] = [tmux, "-L", f"neural-trainer-l{os.getpid()}", "-f", "/dev/null"]
    words = [str(home.path), "--plugin-dir", str(plugin), "/neural-trainer:train run.py"]
    words += ["--allowedTools", "Bash(neural-trainer launch:*)"]
    subprocess.run(
        [*server, "new-session", "-d", "-x", "160", "-y", "40", shlex.join(words)],
        cwd=project, env=home.environment(api.url), check=True,
    )  # fmt: skip
    yield [*server, "capture-pane", "-p"]
    subprocess.run([*server, "kill-server"], check=True)
    subprocess.run(
        [sys.executable, "-m", "neural_trainer", "launch", "stop", "runs/run", "--now"],
        cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
    )  # fmt: skip


def test_a_launched_run_that_goes_wrong_wakes_the_model(
    project: Path, api: MessagesAPI, screen: list[str | Path]
) -> None:
    woken = api.wait_for("neural-trainer: run run", PATIENCE_S)
    at = time.time()
    shown = subprocess.run(screen, capture_output=True, text=True).stdout
    assert woken, f"no request with the alarm; the terminal shows:\n{shown}\n{api.results()}"
    assert any("started in the background" in result["content"] for result in api.results())
    lines = (project / "runs" / "run" / "alerts.jsonl").read_text().splitlines()
    alarm = json.loads(lines[0])
    assert alarm["id"] == "loss-nonfinite"
    assert 161 <= alarm["step"] < 161 + WAKE_S / 0.05  # where the run was when it was judged
    assert at - alarm["time"] < WAKE_S
    line = next(line for line in api.seen().splitlines() if "neural-trainer: run run" in line)
    assert f"step {alarm['step']}: " in line
    assert "neural-trainer diagnose runs/run" in line
