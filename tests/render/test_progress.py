"""The bar on a terminal: after two seconds, never elsewhere, and gone at the end."""

from __future__ import annotations

import io
import sys
from itertools import count
from pathlib import Path

import pytest

from neural_trainer.cli import main
from neural_trainer.render.progress import AFTER_S, EVERY_S, progress_on
from neural_trainer.runs.logs import read_logs

LOG = Path("runs/metrics.jsonl")


class Terminal(io.StringIO):
    """A terminal of 80 columns that remembers what was written to it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal()


def told(terminal: io.StringIO, calls: list[tuple[Path, int, int]], by_s: float = 1.0) -> str:
    """Return what a terminal shows where so many seconds lie before each call."""
    now = 0.0
    with progress_on(terminal, lambda: now) as progress:
        for call in calls:
            now += by_s
            if progress is not None:
                progress(*call)
    return terminal.getvalue()


def test_a_long_read_shows_what_is_read_and_how_far(terminal: Terminal) -> None:
    shown = told(terminal, [(LOG, done, 100) for done in range(10, 100, 10)])
    assert "reading metrics.jsonl" in shown
    assert "50%" in shown
    assert max(len(line) for line in shown.splitlines()) < 200  # 80 columns and their colours


def test_what_was_shown_is_wiped_off(terminal: Terminal) -> None:
    shown = told(terminal, [(LOG, done, 100) for done in range(10, 100, 10)])
    assert shown.endswith("\x1b[1A\x1b[2K")  # up to the line, and all of it erased
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is back


def test_a_read_of_less_than_two_seconds_shows_nothing(terminal: Terminal) -> None:
    num_calls = int(AFTER_S / 0.25) - 1
    assert told(terminal, [(LOG, done, 100) for done in range(num_calls)], by_s=0.25) == ""
    assert told(terminal, [(LOG, done, 100) for done in range(num_calls + 2)], by_s=0.25) != ""


def test_elsewhere_than_on_a_terminal_nothing_is_told() -> None:
    with progress_on(io.StringIO()) as progress:
        assert progress is None
    with progress_on(None) as progress:  # a program without a standard error
        assert progress is None


def test_a_folder_and_the_long_file_in_it(terminal: Terminal) -> None:
    folder = Path("runs")
    calls = [(folder, 3, 12), (folder, 3, 12), (LOG, 30, 100), (LOG, 60, 100), (LOG, 70, 100)]
    shown = told(terminal, calls)
    assert "reading runs" in shown
    assert "25%" in shown
    assert "reading metrics.jsonl" in shown
    last = told(Terminal(), [*calls, (LOG, 100, 100), (folder, 4, 12)]).rpartition("reading runs")
    assert "metrics.jsonl" not in last[2]


def test_of_what_comes_down_a_pipe_nobody_knows_the_end(terminal: Terminal) -> None:
    shown = told(terminal, [(Path("stdin"), done, 0) for done in range(5)])
    assert "reading stdin" in shown
    assert "%" not in shown


def test_the_line_is_not_drawn_more_often_than_it_can_be_seen(terminal: Terminal) -> None:
    shown = told(terminal, [(LOG, done, 10**6) for done in range(10_000)], by_s=AFTER_S / 1000)
    num_seconds = 10_000 * AFTER_S / 1000
    assert shown.count("reading") <= num_seconds / EVERY_S + 2


def test_a_hostile_name_is_shown_as_text(terminal: Terminal) -> None:
    path = Path("\x1b]0;owned\x07[bold]" + "x" * 200)
    shown = told(terminal, [(path, done, 100) for done in range(10, 100, 10)])
    assert "\x1b]0" not in shown
    assert "xxx" in shown


def test_many_logs_are_counted(terminal: Terminal, tmp_path: Path) -> None:
    logs = [tmp_path / f"{number}.csv" for number in range(4)]
    for log in logs:
        log.write_text("step,loss\n" + "".join(f"{i},{1 / i}\n" for i in range(1, 60)))
    seconds = count()
    with progress_on(terminal, lambda: float(next(seconds))) as progress:
        assert len(read_logs([str(log) for log in logs], progress).runs) == 4
    assert "reading 4 logs" in terminal.getvalue()
    assert "75%" in terminal.getvalue()


@pytest.mark.parametrize("verb", ["diagnose", "curves", "plot", "compare"])
def test_the_reading_verbs_show_it(
    verb: str, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.jsonl", "b.jsonl"):
        rows = (f'{{"step": {i}, "loss": {1 / i}}}\n' for i in range(1, 300))
        Path(name).write_text("".join(rows))
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr("neural_trainer.render.progress.AFTER_S", 0.0)
    monkeypatch.setattr("neural_trainer.runs.lines._BLOCK", 1000)
    assert main([verb, "a.jsonl", "b.jsonl"]) == 0
    assert "reading" in terminal.getvalue()
