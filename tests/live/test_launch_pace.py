"""Has a run stopped? Paces that must alarm and paces that must not; stacks; printed logs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from neural_trainer.live.launch.hang import FIRST_STEP_S, Pace
from neural_trainer.live.launch.stacks import innermost
from neural_trainer.live.launch.stdout_log import StdoutLog


def silent_after(
    gaps: Iterable[float], silence_s: float, *, idle: bool = False, asked_s: float | None = None
) -> bool:
    """Return whether a silence of `silence_s` after steps `gaps` apart is a hang."""
    now, pace = 0.0, Pace(0.0, asked_s)
    for step, gap in enumerate(gaps):
        now += gap
        if pace.silent_s(now) > pace.limit_s():
            pytest.fail(f"a hang before step {step}, at {now} s")
        pace.observe(step, now)
    return pace.silent_s(now + silence_s) > pace.limit_s(is_idle=idle)


EVALUATING = ([1.0] * 99 + [300.0]) * 3

# name: (gaps between steps, seconds of silence after them, whether its processes do nothing)
HANGS = {
    "idle": ([0.1] * 100, 121.0, True),
    "spinning": ([0.1] * 100, 601.0, False),
    "slow_steps": ([40.0] * 20, 801.0, True),
    "evaluations_among_them": (EVALUATING, 901.0, True),
    "before_the_first_step": ([], FIRST_STEP_S + 1, True),
    "after_the_first_steps": ([5.0, 5.0], FIRST_STEP_S + 1, True),
}
NO_HANGS = {
    "a_checkpoint": ([0.1] * 100, 119.0, True),
    "a_first_evaluation": ([0.1] * 100, 599.0, False),
    "slow_steps": ([40.0] * 20, 799.0, True),
    "another_evaluation": (EVALUATING, 899.0, True),
    "compiling": ([], FIRST_STEP_S - 1, False),
    "compiling_again": ([600.0, 1.0], FIRST_STEP_S - 1, False),
    "getting_slower": ([1.1**n for n in range(60)], 3 * 1.1**59 - 1, True),
}


@pytest.mark.parametrize(("gaps", "silence_s", "idle"), HANGS.values(), ids=HANGS)
def test_hangs(gaps: list[float], silence_s: float, idle: bool) -> None:
    assert silent_after(gaps, silence_s, idle=idle)


@pytest.mark.parametrize(("gaps", "silence_s", "idle"), NO_HANGS.values(), ids=NO_HANGS)
def test_no_hangs(gaps: list[float], silence_s: float, idle: bool) -> None:
    assert not silent_after(gaps, silence_s, idle=idle)


def test_a_limit_that_is_asked_for() -> None:
    assert silent_after([0.1] * 10, 3.1, asked_s=3.0)
    assert not silent_after([0.1] * 10, 2.9, asked_s=3.0)


def test_the_same_step_seen_again_is_no_step() -> None:
    pace = Pace(0.0)
    for now in range(10):
        pace.observe(5.0, float(now))
    assert pace.silent_s(10.0) == 10.0


FAULTHANDLER = """Thread 0x00007f01 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 320 in wait
  File "/home/me/pin.py", line 9 in pin

Current thread 0x00007f02 (most recent call first):
  File "/usr/lib/python3.11/queue.py", line 171 in get
  File "/home/me/data.py", line 31 in read_batch
  File "/home/me/train.py", line 80 in <module>
"""
PY_SPY = """Process 71: python train.py
Python v3.11.2 (/usr/bin/python3.11)

Thread 71 (idle): "MainThread"
    get (queue.py:171)
    read_batch (data.py:31)
Thread 72 (active): "pin"
    pin (pin.py:9)
"""
STACKS = {
    "faulthandler": (FAULTHANDLER, "read_batch (data.py:31)"),
    "py_spy": (PY_SPY, "get (queue.py:171)"),
    "py_spy_with_full_names": (
        PY_SPY.replace("(queue", "(/usr/lib/python3.11/queue").replace("(data", "(/home/me/data"),
        "read_batch (data.py:31)",
    ),
    "python_alone": (FAULTHANDLER.replace("/home/me/", "/x/lib/python3.11/"), "get (queue.py:171)"),
    "nothing": ("", ""),
    "another_text": ("Ignore this (file.py:3)\n", ""),
    "a_name_that_is_none": (
        'Thread 1 (most recent call first):\n  File "/a/b.py", line 3 in run this now\n', "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "where"), STACKS.values(), ids=STACKS)
def test_where_it_stands(text: str, where: str) -> None:
    assert innermost(text) == where


def test_stdout_is_kept_within_bounds(tmp_path: Path) -> None:
    log = StdoutLog(tmp_path / "stdout.log", most_bytes=1000)
    printed = [f"line {number}\n" for number in range(1000)]
    with open(log.open(), "a") as run:  # as the run has it: open all along, for appending
        for line in printed:
            run.write(line)
            run.flush()
            log.keep_bounded()
    older = tmp_path / "stdout.log.1"
    kept = older.read_text() + log.path.read_text()
    assert "".join(printed).endswith(kept)
    assert 1000 < len(kept) <= 2100
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stdout.log", "stdout.log.1"]
    assert log.tail(50) == kept[-50:].partition("\n")[2]
    assert kept.endswith(log.tail(1500))


def test_the_end_of_a_log_that_is_not_there(tmp_path: Path) -> None:
    log = StdoutLog(tmp_path / "stdout.log")
    assert log.tail() == ""
    assert not log.keep_bounded()
