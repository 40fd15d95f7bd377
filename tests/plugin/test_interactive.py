"""An interactive session under tmux: an alarm of a watched run wakes the model by itself."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from messages_api import MessagesAPI
from real_client import KEY, ROOT, Client

WAKE_S = 60.0  # seconds; about 3 on an idle machine

# A run a second, so that one begins after the session's monitor has: nothing says when that is.
TRAINING = """
import time
from itertools import count
from neural_trainer import Monitor
for number in count():
    with Monitor(f"runs/n{number}", config={}) as monitor:
        for loss in (2.3, 2.2, 2.1, float("nan")):
            monitor.step(loss)
    time.sleep(1)
"""


@pytest.fixture
def project(home: Client) -> Path:
    """A folder that the user has opened before, so that the client asks nothing at its start."""
    folder = home.project("watched")
    known = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    settings = {
        "hasCompletedOnboarding": True,
        "theme": "dark",
        "customApiKeyResponses": {"approved": [KEY], "rejected": []},
        "projects": {str(folder): known},
    }
    (home.home / ".claude.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


@pytest.fixture
def api() -> Iterator[MessagesAPI]:
    """A model that says "done" to everything."""
    with MessagesAPI() as running:
        yield running


@pytest.fixture
def screen(
    home: Client, plugin: Path, project: Path, api: MessagesAPI, tmux: Path
) -> Iterator[list[str | Path]]:
    """The client in a terminal of its own; the command that prints what it shows."""
    server: list[str | Path] = [tmux, "-L", f"neural-trainer-{os.getpid()}", "-f", "/dev/null"]
    client = shlex.join([str(home.path), "--plugin-dir", str(plugin)])
    subprocess.run(
        [*server, "new-session", "-d", "-x", "160", "-y", "40", client],
        cwd=project,
        env=home.environment(api.url),
        check=True,
    )
    yield [*server, "capture-pane", "-p"]
    subprocess.run([*server, "kill-server"], check=True)


def test_a_nan_in_a_watched_run_wakes_the_model(
    project: Path, api: MessagesAPI, screen: list[str | Path]
) -> None:
    training = subprocess.Popen(
        [sys.executable, "-c", TRAINING],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(ROOT / "scripts")},
        stderr=subprocess.PIPE,
    )
    woken = api.wait_for("neural-trainer: run n", WAKE_S)
    training.kill()
    errors = training.communicate()[1].decode()
    shown = subprocess.run(screen, capture_output=True, text=True).stdout
    assert woken, f"no request with the alarm; the terminal shows:\n{shown}\n{errors}"
    line = next(line for line in api.seen().splitlines() if "neural-trainer: run n" in line)
    assert "step 4: " in line
    assert "Look closer: neural-trainer diagnose runs/n" in line
