"""What the faults share: a project folder, launches that leave nothing behind, and their record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from launching import MONITORED, Launch
from recording import Records, Starts


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Starts]:
    """Start a launch of `script` with options; it is ended after the test whatever came of it."""
    started: list[Launch] = []

    def start(script: str = MONITORED, *options: str, **more: object) -> Launch:
        launch = Launch(tmp_path, script, *options, **more)  # type: ignore[arg-type]
        started.append(launch)
        return launch

    yield start
    for launch in started:
        launch.close()


@pytest.fixture
def records(record_property: Callable[[str, object], None]) -> Records:
    """Record a line of docs/reliability.md: the fault, what was lost, what the user is told."""

    def record(fault: str, lost: str, told: str) -> None:
        for name, text in (("fault", fault), ("lost", lost), ("told", told)):
            record_property(name, text)

    return record
