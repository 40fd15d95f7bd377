"""What a killed launch left: the run's process, how it ended, what was used, what was told."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch.orphan import orphan
from neural_trainer.live.launch.processes import born_s, now_s
from neural_trainer.live.launch.settings import built
from neural_trainer.live.launch.state import Lock, write_state
from neural_trainer.live.launch.take_up import leave_word, take_up
from neural_trainer.live.launch.talk import Talk
from neural_trainer.live.launch.visibility import Sight
from neural_trainer.live.launched import FOLDER_VARIABLE

STATE: dict[str, Any] = {
    "state": "running", "started": 100.0, "attempt": 2, "attempt_started": 1.0,
    "attempt_spent_s": 3600.0, "spent_s": 3600.0, "gpu_s": 7200.0, "gpus": 2, "first_step": 11.0,
    "attempts": [
        {"number": 1, "first_step": 1.0, "last_step": 20.0, "ended": "crashed", "crash": "killed"},
    ],
}  # fmt: skip
TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n'


@pytest.fixture
def alive(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process with launch's mark, until its stdin is closed."""
    with subprocess.Popen(
        ["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, FOLDER_VARIABLE: str(tmp_path)},
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b".")  # an answer comes from it once it is no copy of this process
        process.stdin.flush()
        process.stdout.read(1)
        yield process


def test_it_runs_until_it_has_ended(tmp_path: Path, alive: subprocess.Popen[bytes]) -> None:
    found = orphan(tmp_path, {**STATE, "child": alive.pid})
    assert found.child.pid == alive.pid
    assert found.child.ended() is None
    assert alive.stdin is not None
    alive.stdin.close()
    os.waitid(os.P_PID, alive.pid, os.WEXITED | os.WNOWAIT)  # it has ended, nobody has asked how
    assert born_s(alive.pid) is None
    assert found.child.ended() == 0


def test_what_it_has_used_counts_the_time_without_a_launch(
    tmp_path: Path, alive: subprocess.Popen[bytes]
) -> None:
    born = born_s(alive.pid)
    assert born is not None
    before = now_s() - born
    found = orphan(tmp_path, {**STATE, "child": alive.pid})
    after = now_s() - born
    assert 3600.0 + before <= found.spent_s <= 3600.0 + after
    assert found.gpu_s == pytest.approx(7200.0 + 2 * (found.spent_s - 3600.0))
    assert found.attempts[0].crash is not None
    assert found.attempts[0].crash.id == "killed"
    assert (found.started, found.first_step) == (100.0, 11.0)


def test_a_launch_that_was_killed_before_it_wrote_the_process_down(
    tmp_path: Path, alive: subprocess.Popen[bytes]
) -> None:
    assert orphan(tmp_path, {**STATE, "child": None}).child.pid == alive.pid


def test_another_process_under_its_number_is_not_taken_for_it(tmp_path: Path) -> None:
    found = orphan(tmp_path, {**STATE, "child": os.getpid()})
    assert found.child.pid == 0
    assert found.child.ended() == 0
    found.child.send(9)  # reaches nobody
    assert found.spent_s == 3600.0


@pytest.mark.parametrize(
    ("told", "printed", "code"),
    [
        ("completed", TRACEBACK + "ValueError: handled\n", 0),
        ("stopped by ValueError", "", 1),
        (None, TRACEBACK + "ValueError: x\n", 1),
        (None, TRACEBACK + "torch.OutOfMemoryError: CUDA\nwith a hint\n\n", 1),
        (None, TRACEBACK + "ValueError: x\n" + "step 1\n" * 20, 0),
        (None, "RuntimeError: printed by the loop\n", 0),
        (None, "", 0),
    ],
    ids=["completed", "stopped", "exception", "hint", "went-on", "no-traceback", "nothing"],
)
def test_how_it_ended(told: str | None, printed: str, code: int, tmp_path: Path) -> None:
    (tmp_path / "stdout.log").write_text(printed)
    if told is not None:
        (tmp_path / "summary.json").write_text(json.dumps({"ended": told}))
    assert orphan(tmp_path, {**STATE, "child": None}).child.ended() == code


def test_what_an_earlier_attempt_wrote_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"ended": "stopped by ValueError"}')
    later = (tmp_path / "summary.json").stat().st_mtime + 1
    found = orphan(tmp_path, {**STATE, "child": None, "attempt_started": later})
    assert found.child.ended() == 0


def test_lines_that_are_no_alarms_are_left_out(tmp_path: Path) -> None:
    alarm = {
        "id": "loss-spike", "state": "raised", "symptom": "loss-spike", "cause": "bad-batch",
        "confidence": 0.5, "message": "up", "step": 3, "worse": 0, "size": 2.0,
    }  # fmt: skip
    lines = [[1], {**alarm, "state": "obey"}, {"id": "loss-spike", "state": "raised", "step": 1}]
    text = "".join(json.dumps(line) + "\n" for line in (*lines, alarm))
    (tmp_path / "alerts.jsonl").write_text(text)
    assert orphan(tmp_path, STATE).alarms == (alarm,)
    (tmp_path / "alerts.jsonl").write_text("no JSON\n")
    assert orphan(tmp_path, STATE).alarms == ()


def _left(folder: Path, state: dict[str, Any]) -> None:
    settings = built({"command": [sys.executable, "run.py", "--api-key", "sk-secret-of-mine"]})
    (folder / ".launch").mkdir()
    leave_word(folder, settings, Sight("stdout"))
    write_state(folder, state)


def test_the_word_that_is_left_holds_no_secret(project: Path) -> None:
    _left(project, STATE)
    text = (project / ".launch" / "asked.json").read_text()
    assert "run.py" in text
    assert "sk-secret-of-mine" not in text


REFUSED = {
    "ended": ({**STATE, "state": "ended: it completed"}, "no run to take up"),
    "before-the-run": ({"state": "starting", "started": 1.0}, "no run to take up"),
}


@pytest.mark.parametrize(("state", "why"), REFUSED.values(), ids=REFUSED)
def test_nothing_to_take_up(state: dict[str, Any], why: str, project: Path) -> None:
    _left(project, state)
    with pytest.raises(RunRefused, match=why):
        take_up(project, Talk(io.StringIO()), lambda: None)


def test_a_run_whose_launch_lives_is_refused(project: Path) -> None:
    _left(project, STATE)
    lock = Lock(project, again=True)
    try:
        with pytest.raises(RunRefused, match="is kept by another launch"):
            take_up(project, Talk(io.StringIO()), lambda: None)
    finally:
        lock.release()


def test_a_word_that_is_lost(project: Path) -> None:
    _left(project, STATE)
    (project / ".launch" / "asked.json").unlink()
    with pytest.raises(RunRefused, match=r"asked\.json cannot be read"):
        take_up(project, Talk(io.StringIO()), lambda: None)
