"""Programs of answers: each in a process of its own, and as an interpreter would run it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from packs import ROOT

sys.path.insert(0, str(ROOT / "evals"))

import forked
from forked import run

SHOWS = """
import sys, threading
print(sys.path[0], sys.argv[1:], __name__, sys.stdin.read() == "", sys.dont_write_bytecode)
threading.Timer(0, print, ["a thread ends"]).start()
"""
ENDS = {
    "at its end": ("", 0, ""),
    "by an error": ("raise ValueError('wrong')", 1, "ValueError: wrong"),
    "by words": ("raise SystemExit('no')", 1, "no"),
    "by a code": ("raise SystemExit(3)", 3, ""),
    "at once": ("import os; os._exit(4)", 4, ""),
    "by a signal": ("import os; os.abort()", -6, ""),
}
forks = pytest.mark.skipif(not forked.FORKS, reason="programs are not forked on this system")


@pytest.fixture(
    params=[pytest.param(True, marks=forks, id="forked"), pytest.param(False, id="own")]
)
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs are forked, or start an interpreter of their own."""
    monkeypatch.setattr(forked, "FORKS", request.param)


@pytest.mark.usefixtures("either")
def test_a_program_is_run_as_by_the_interpreter(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(SHOWS, encoding="utf-8")
    done = run(["-c", SHOWS, "word"], tmp_path, 60)
    assert done.stdout.splitlines() == [" ['word'] __main__ True True", "a thread ends"]
    done = run(["program.py", "word"], tmp_path, 60)
    assert done.stdout.splitlines()[0] == f"{tmp_path} ['word'] __main__ True True"
    assert done.processor_s > 0


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("end", ENDS)
def test_how_a_program_ends_is_told(end: str, tmp_path: Path) -> None:
    code, returned, said = ENDS[end]
    done = run(["-c", "print('begun', flush=True)\n" + code], tmp_path, 60)
    assert (done.returncode, done.stdout) == (returned, "begun\n")
    assert said in done.stderr


@pytest.mark.usefixtures("either")
@pytest.mark.parametrize("does", ["import signal; signal.pause()", "while True: pass"])
def test_a_program_that_takes_too_long_is_ended(does: str, tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(["-c", does], tmp_path, 0.5)


@forks
def test_a_program_that_is_held_up_has_its_time_all_the_same() -> None:
    """It stands for a machine on which others have nearly all of the time."""
    now = iter([0.03, 0.06, 0.061])  # it stands still at the third look
    child = os.fork()
    if child == 0:
        signal.pause()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forked, "_processor_s", lambda _: next(now))
        assert forked._ended(child, 0.1)[0] is None
    assert list(now) == []


@forks
def test_one_program_knows_nothing_of_another(tmp_path: Path) -> None:
    """What it changed of torch, of random numbers and of its folder ends with it."""
    spoils = "import os, torch; torch.nn.Linear = None; torch.manual_seed(0); os.chdir('/')"
    looks = """import os, random, numpy, torch
print(torch.nn.Linear is None, os.getcwd(), torch.get_num_threads())
print(float(torch.rand(1)), random.random(), numpy.random.rand())"""
    assert run(["-c", spoils], tmp_path, 60).returncode == 0
    one, two = (run(["-c", looks], tmp_path, 60).stdout.splitlines() for _ in range(2))
    assert one[0] == two[0] == f"False {tmp_path} 1"
    drawn = zip(one[1].split(), two[1].split(), strict=True)
    assert all(first != second for first, second in drawn)


@forks
def test_what_a_program_started_is_ended_with_it(tmp_path: Path) -> None:
    code = """import subprocess, sys
waits = [sys.executable, "-c", "import signal; signal.pause()"]
subprocess.Popen(waits, stdout=open("held", "wb"))"""
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    assert run(["-c", code], tmp_path, 60).returncode == 0
    assert select.select([held], [], [], 60)[0]  # readable once nobody holds the other end
    assert os.read(held, 1) == b""
    os.close(held)
