"""The relay as a process: what it needs, what it costs, and when it ends."""

from __future__ import annotations

import doctest
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from relayed import RAISED, Project

from neural_trainer.live import alarm as alarm_module
from neural_trainer.live import own_words as own_words_module
from neural_trainer.live.relay import MAX_RUNS, POLL_S, follow

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_it_ends_when_nobody_reads(project: Project) -> None:
    project.register("a")

    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    follow(project.folder, Closed(), sleep=lambda _: project.alarm("a"), stop=lambda: False)


def test_it_ends_with_its_parent(project: Project) -> None:
    """A session that is killed leaves no relay behind."""
    relay = (
        "import pathlib, signal, sys; from neural_trainer.live.relay import follow, _orphaned; "
        "signal.alarm(20); gone = _orphaned(); print('up', flush=True); "
        "follow(pathlib.Path('.'), sys.stdout, sleep=lambda s: None, stop=gone)"
    )
    parent = (
        "import subprocess, sys; "
        f"relay = subprocess.Popen([sys.executable, '-c', {relay!r}], stdout=subprocess.PIPE); "
        "print(relay.stdout.readline().decode().strip(), file=sys.stderr)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", parent],
        stderr=subprocess.PIPE,
        cwd=project.folder,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        text=True,
    ) as process:
        # Reads to the end of the pipe, that is until the relay has ended too.
        assert process.communicate(timeout=15)[1] == "up\n"


def test_the_examples_hold() -> None:
    for module in (alarm_module, own_words_module):
        results = doctest.testmod(module)
        assert results.attempted > 0
        assert results.failed == 0


def test_the_relay_needs_the_standard_library_alone() -> None:
    code = "import sys; import neural_trainer.live.relay; sys.exit('numpy' in sys.modules)"
    environment = {"PYTHONPATH": str(SCRIPTS), "PATH": os.environ["PATH"]}
    assert subprocess.run([sys.executable, "-S", "-c", code], env=environment).returncode == 0


def test_a_poll_of_all_runs_is_cheap(project: Project) -> None:
    for number in range(MAX_RUNS):
        project.register(f"r{number}")
        project.alarm(f"r{number}")
    num_polls = 200
    began = time.process_time()
    assert project.follow(*[lambda: None] * num_polls) == []
    share = (time.process_time() - began) / num_polls / POLL_S
    print(f"{MAX_RUNS} runs: {100 * share:.3f} % of a core")
    assert share < 0.005


def test_a_plugin_that_is_taken_away_does_not_end_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for cached in (own_words_module.own_words, own_words_module.own_names):
        cached.cache_clear()

    def take_away() -> None:
        monkeypatch.setattr(own_words_module, "_PACKAGE", project.folder / "nothing")

    project.register("a")
    assert project.follow(take_away, lambda: project.alarm("a")) == [RAISED]
