"""A project folder to look from, logs in it, and a console that records what is drawn."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from neural_trainer.dashboard.looking import Looker
from neural_trainer.dashboard.places import followed
from neural_trainer.dashboard.showing import picture

Log = Callable[..., Path]
Drawn = Callable[..., str]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return tmp_path


@pytest.fixture
def log(project: Path) -> Log:
    """Write rows as a log of JSON Lines, or append them to it."""

    def write(
        rows: Sequence[dict[str, Any]], name: str = "run.jsonl", append: bool = False
    ) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if append else "w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        return path

    return write


def falling(first: int, last: int) -> list[dict[str, Any]]:
    """A loss that falls as 4 / step, two steps a second, from step `first` to `last`."""
    return [
        {"step": s, "time": 1000 + s / 2, "loss": 4 / s, "lr": 0.001, "grad_norm": 1.5}
        for s in range(first, last + 1)
    ]


@pytest.fixture
def looker(project: Path) -> Callable[..., Looker]:
    """Follow logs by name, having looked once."""

    def begin(*words: str) -> Looker:
        made = Looker(followed(words, project))
        made.look()
        return made

    return begin


@pytest.fixture
def drawn(looker: Callable[..., Looker]) -> Drawn:
    """Draw the picture of logs, or of a looker, as text."""

    def draw(*words: Any, width: int = 80, height: int | None = None, now_s: float = 0.0) -> str:
        seen = words[0] if words and isinstance(words[0], Looker) else looker(*words)
        console = Console(file=io.StringIO(), width=width, record=True, highlight=False)
        console.print(picture(seen, width, height, now_s))
        return console.export_text()

    return draw


def widest(text: str) -> int:
    """Return the columns of the widest line."""
    return max(len(line.rstrip()) for line in text.splitlines())
