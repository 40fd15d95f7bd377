"""What the tests of live/ share: a project folder, a clock, a launch, a judge of their choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from launching import Launch

from neural_trainer.live import judge
from neural_trainer.runs.run import Run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def clock() -> Callable[[], float]:
    """Seconds that go by one a call, from a date in 2026."""
    ticks = count()
    return lambda: 1_790_000_000.0 + next(ticks)


@pytest.fixture
def judged_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Run], Any]], None]:
    """Let the Monitor judge with another function than the whole diagnosis."""

    def use(diagnose: Callable[[Run], Any]) -> None:
        monkeypatch.setattr(judge, "whole_diagnosis", lambda: diagnose)

    return use


@pytest.fixture
def launch(request: pytest.FixtureRequest, project: Path) -> Iterator[Launch]:
    """The launch of the script and options that the test names."""
    script, *options = request.param
    started = Launch(project, script, *options)
    yield started
    started.close()
