"""The picture on a terminal: drawn when something changes, and otherwise left alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from neural_trainer.dashboard import showing
from neural_trainer.dashboard.looking import Looker
from neural_trainer.dashboard.places import followed

from .conftest import Log, falling


class Terminal:
    """A terminal, and a clock whose sleeps do what the test has planned for them."""

    def __init__(self, plan: list[Callable[[], object]], width: int = 80) -> None:
        self.out = io.StringIO()
        self.console = Console(
            file=self.out, force_terminal=True, width=width, height=30, highlight=False
        )
        self.plan, self.now_s = plan, 0.0
        self.waits: list[float] = []
        self.drawn: list[int] = []

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.waits.append(seconds)
        self.plan.pop(0)()
        self.drawn.append(len(self.out.getvalue()))

    def show(self, looker: Looker, every_s: float = 1.0) -> str:
        showing.show(
            looker, self.console, every_s, clock=lambda: self.now_s, wall=lambda: 0.0,
            sleep=self.sleep, stop=lambda: not self.plan,
        )  # fmt: skip
        return self.out.getvalue()


def nothing() -> None:
    """Leave everything as it is."""


def test_new_lines_are_shown(log: Log, looker: Callable[..., Looker]) -> None:
    log(falling(1, 50))
    terminal = Terminal([lambda: log(falling(51, 77), append=True)])
    text = terminal.show(looker("run.jsonl"))
    assert text.index("step 50 ") < text.index("step 77 ")


def test_nothing_is_drawn_while_nothing_changes(log: Log, looker: Callable[..., Looker]) -> None:
    log(falling(1, 50))
    terminal = Terminal([nothing, nothing, nothing])
    terminal.show(looker("run.jsonl"), every_s=2.5)
    assert terminal.waits == [2.5] * 3
    assert terminal.drawn[0] > 500
    assert len(set(terminal.drawn)) == 1


def test_another_size_is_drawn_at_once(log: Log, looker: Callable[..., Looker]) -> None:
    log(falling(1, 50))
    terminal = Terminal([])

    def resize() -> None:
        terminal.console.size = (60, 20)  # type: ignore[assignment]

    terminal.plan += [resize, nothing]
    terminal.show(looker("run.jsonl"))
    assert terminal.drawn[1] > terminal.drawn[0]


def test_interrupted_is_ended_and_the_last_picture_stays(
    log: Log, looker: Callable[..., Looker]
) -> None:
    log(falling(1, 50))

    def interrupt() -> None:
        raise KeyboardInterrupt

    text = Terminal([interrupt, nothing]).show(looker("run.jsonl"))
    assert "Next: neural-trainer diagnose run.jsonl" in text.rpartition("\x1b[?1049l")[2]


@pytest.mark.parametrize("took_s", [0.0001, 0.02, 0.5, 3.0])
def test_an_idle_look_costs_under_two_per_cent(took_s: float) -> None:
    assert took_s / (took_s + showing.wait_s(0.1, took_s, changed=False)) < 0.02


def test_without_colour(
    log: Log, looker: Callable[..., Looker], monkeypatch: pytest.MonkeyPatch
) -> None:
    log([{"step": s, "loss": 1.0 * s} for s in range(1, 80)])

    def printed() -> str:
        console = Console(file=io.StringIO(), force_terminal=True, width=80)
        showing.once(looker("run.jsonl"), console, 0.0)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    assert "\x1b[31m" in printed()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in printed()


def test_a_log_at_rest_is_followed_again_when_it_goes_on(log: Log, project: Path) -> None:
    path = log(falling(1, 50))
    seen = Looker(followed(["run.jsonl"], project), clock=lambda: path.stat().st_mtime + 3600)
    assert seen.look()
    assert not seen.look()
    log(falling(51, 60), append=True)
    assert seen.look()
    (status,) = seen.statuses
    assert status.run is not None
    assert status.run.last_step == 60
    assert [len(series) for series in status.run.signals.values()] == [60, 60, 60]
