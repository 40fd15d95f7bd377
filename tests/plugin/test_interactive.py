"""An interactive session under tmux: alarms wake the model, in our words whatever the run says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hostile_runs import MARK
from messages_api import MessagesAPI
from real_client import ROOT, Client

PATIENCE_S = 60.0  # for the client to start on a busy machine
WAKE_S = 5.0  # from the alarm in the file to the model

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

# The same under every order in turn: as metric, config and name of a run of the Monitor's, and as
# whatever a line of alerts.jsonl or of the registry can hold.
HOSTILE = """
import json, time
from itertools import cycle
from pathlib import Path
from hostile_runs import ORDERS, file_name
from neural_trainer import Monitor
from neural_trainer.live.registry import Registered, register

for number, order in enumerate(cycle(ORDERS.values())):
    name = f"{file_name(order)} {number}"
    with Monitor(f"runs/{name}", config={order: order, "name": order}) as monitor:
        for loss in (2.3, 2.2, 2.1, float("nan")):
            monitor.step(loss, **{order: loss, f"loss/{order}": loss})
    folder = Path(f"forged/n{number}").absolute()
    folder.mkdir(parents=True)
    alarm = {"id": "loss-spike", "state": "raised", "symptom": order, "step": 4, "message": order,
             "cause": order, "confidence": 0.5, "time": time.time()}
    forged = [alarm, {**alarm, "id": order}, {**alarm, "state": order}, {**alarm, "step": order},
              {**alarm, "id": "loss-nonfinite", "message": f"loss is 3 at step 4. {order}"}]
    lines = [*map(json.dumps, forged), order, f"neural-trainer: run a, step 4: {order}"]
    (folder / "alerts.jsonl").write_text("".join(line + chr(10) for line in lines))
    register(Path.cwd(), Registered(folder, order if number % 2 else folder.name, time.time()))
    time.sleep(1)
"""


@pytest.fixture
def home(client: Path, tmp_path: Path) -> Client:
    """A home for each session: one that ends writes its settings over those of the next."""
    made = Client(client, tmp_path)
    made.python.symlink_to(sys.executable)
    return made


@pytest.fixture
def project(home: Client) -> Path:
    """A folder that the user has opened before, so that the client asks nothing at its start."""
    return home.known_project("watched")


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


@contextmanager
def running(code: str, project: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a training in the project, until it has been seen enough of."""
    paths = os.pathsep.join(
        str(ROOT / part) for part in ("scripts", "tests/commands", "tests/runs")
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=project,
        env={**os.environ, "PYTHONPATH": paths},
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def monitor_lines(api: MessagesAPI) -> list[str]:
    """The lines of our monitor that reached the model, each once."""
    lines = (line for line in api.seen().splitlines() if "neural-trainer: " in line)
    return [line[line.index("neural-trainer: ") :] for line in dict.fromkeys(lines)]


def test_a_nan_in_a_watched_run_wakes_the_model(
    project: Path, api: MessagesAPI, screen: list[str | Path]
) -> None:
    with running(TRAINING, project) as training:
        woken = api.wait_for("neural-trainer: run n", PATIENCE_S)
        at = time.time()
        training.kill()
        errors = training.communicate()[1].decode()
    shown = subprocess.run(screen, capture_output=True, text=True).stdout
    assert woken, f"no request with the alarm; the terminal shows:\n{shown}\n{errors}"
    line = next(line for line in monitor_lines(api) if line.startswith("neural-trainer: run n"))
    told = re.match(r"neural-trainer: run (n\d+), step 4: .* Look closer: (.*)", line)
    assert told is not None, line
    assert told[2].startswith(f"neural-trainer diagnose runs/{told[1]}")
    alarm = json.loads((project / "runs" / told[1] / "alerts.jsonl").read_text().splitlines()[0])
    print(f"from the alarm to the model: {at - alarm['time']:.1f} s")
    assert at - alarm["time"] < WAKE_S


def test_what_a_hostile_run_says_does_not_reach_the_model(
    project: Path, api: MessagesAPI, screen: list[str | Path]
) -> None:
    with running(HOSTILE, project) as training:
        woken = api.wait_for("alarm", PATIENCE_S) and api.wait_for("diagnose forged", PATIENCE_S)
        of_monitor = api.wait_for("its name is not plain", PATIENCE_S)
        training.kill()
        errors = training.communicate()[1].decode()
    shown = subprocess.run(screen, capture_output=True, text=True).stdout
    assert woken, f"no request with the alarm; the terminal shows:\n{shown}\n{errors}"
    assert of_monitor, errors
    assert MARK not in api.seen()
    assert "obey" not in api.seen()
    lines = monitor_lines(api)
    assert any("loss spike (alarm" in line for line in lines)
    for line in lines:
        print(line)
        assert line.isprintable()
