"""The command as it is typed: an address, the next free port, an end by Ctrl-C, what is missing."""

from __future__ import annotations

import http.client
import importlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from neural_trainer.cli import main
from neural_trainer.dashboard.web.serving import TRIES, bound
from neural_trainer.errors import NeuralTrainerError

from ..conftest import Log, falling
from .conftest import PATIENCE_S

SCRIPT = Path(__file__).parents[3] / "scripts" / "monitor.py"
ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/([\w-]{32})/\n")


@contextmanager
def typed(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Start `neural-trainer monitor --web WORDS`."""
    command = [sys.executable, str(SCRIPT), "--web", *words]
    started = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    with started:
        try:
            yield started
        finally:
            started.kill()


def address_of(started: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return port and token, and what was said before."""
    assert started.stdout is not None
    before = ""
    for line in started.stdout:
        if match := ADDRESS.fullmatch(line):
            return int(match[1]), match[2], before
        before += line
    raise AssertionError(before)


def status(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def test_two_at_once_and_an_end(log: Log, project: Path) -> None:
    log(falling(1, 30))
    first_port = bound(0)
    port = first_port.getsockname()[1]
    first_port.close()
    with (
        typed(project, "run.jsonl", "--port", str(port)) as one,
        typed(project, "run.jsonl", "--port", str(port)) as other,
    ):
        told = [address_of(one), address_of(other)]
        assert len({port for port, _, _ in told}) == len({token for _, token, _ in told}) == 2
        assert [f"port {port} is in use" in before for _, _, before in told].count(True) >= 1
        for place, (own, token, _) in enumerate(told):
            assert status(own, f"/{token}/runs") == 200
            assert status(own, f"/{told[1 - place][1]}/runs") == 403
        for started in (one, other):
            os.kill(started.pid, signal.SIGINT)
            assert started.wait(PATIENCE_S) == 0


def test_reached_from_this_machine_alone() -> None:
    with closing(bound(0)) as made:
        assert made.getsockname()[0] == "127.0.0.1"
        assert made.family == socket.AF_INET


def test_the_next_port_that_is_free() -> None:
    with closing(bound(0)) as taken, closing(bound(taken.getsockname()[1])) as made:
        assert 0 < made.getsockname()[1] - taken.getsockname()[1] < TRIES


def test_no_port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    serving = importlib.import_module("neural_trainer.dashboard.web.serving")
    monkeypatch.setattr(serving, "TRIES", 1)
    with closing(bound(0)) as taken, pytest.raises(NeuralTrainerError, match="--port"):
        bound(taken.getsockname()[1])


@pytest.mark.parametrize("port", ["-1", "65536", "http", "1.5"])
def test_ports_that_are_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor", "--web", "--port", port]) == 2
    assert "--port" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["--once", "--json"])
def test_what_ends_at_once_is_not_served(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["monitor", "--web", form]) == 1
    assert "--web goes on" in capsys.readouterr().err


def test_without_the_packages(
    log: Log, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log(falling(1, 30))
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["monitor", "run.jsonl", "--web"]) == 1
    told = capsys.readouterr().err
    assert "-m pip install starlette uvicorn" in told
    assert "extra serve" in told
