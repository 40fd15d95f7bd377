"""Where the processes of a run stand: their Python stacks, by py-spy or by faulthandler."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from neural_trainer.live.launched import LAUNCH_FOLDER, STACK_SIGNAL, STACKS

STACKS_FILE = "stacks.txt"  # in the run folder
MOST_PROCESSES = 16
PY_SPY_TIMEOUT_S = 10.0
ANSWER_S = 2.0  # a process writes its stacks in milliseconds, unless the kernel holds it
NONE = "no stack could be taken: pip install py-spy, or a Monitor in the run"

# py-spy: `    read (loader.py:31)`; faulthandler: `  File "loader.py", line 31 in read`.
_PY_SPY = re.compile(r"^\s+([\w.<>]+) \(([\w./ -]+?):(\d+)\)")
_OF_PYTHON = re.compile(r"/lib/python[\d.]+/")
_FAULT = re.compile(r'^\s+File "([\w./ <>-]+)", line (\d+) in ([\w.<>]+)$')


class Stacks(NamedTuple):
    """What was taken. where: the innermost frames, as far as they are plain names; text: all."""

    where: str
    text: str


def take(run_folder: Path, pids: Sequence[int]) -> Stacks:
    """Return the stacks of processes and write them to the run folder's stacks.txt."""
    parts, where = [], ""
    # Those with a Monitor first: they train, the others load data.
    known = [pid for pid in pids if _answers(run_folder, pid)]
    others = [pid for pid in pids if pid not in known]
    for pid in [*known, *others][:MOST_PROCESSES]:
        text = _by_faulthandler(run_folder, pid) or _by_py_spy(pid)
        if text:
            parts.append(f"process {pid}\n{text}\n")
            where = where or innermost(text)
    whole = "\n".join(parts)
    if whole:
        with suppress(OSError):
            (run_folder / STACKS_FILE).write_text(whole, encoding="utf-8")
    return Stacks(where, whole)


def innermost(text: str) -> str:
    """Return the innermost frame of the main thread that is not of Python's own library.

    As `function (file:line)`; "" where no frame can be told.

    >>> innermost('Current thread 0x1 (most recent call first):\\n  File "/a/b.py", line 3 in read')
    'read (b.py:3)'
    """
    threads: list[tuple[str, list[_Frame]]] = []
    for line in text.splitlines():
        if line.startswith(("Thread ", "Current thread ")):
            threads.append((line, []))
        elif threads and (frame := _frame(line)):
            threads[-1][1].append(frame)
    if not threads:
        return ""
    # py-spy names the main thread, faulthandler lists it last.
    frames = next((frames for name, frames in threads if "MainThread" in name), threads[-1][1])
    own = [frame for frame in frames if not _OF_PYTHON.search(frame.path)]
    return str((own or frames)[0]) if frames else ""


class _Frame(NamedTuple):
    function: str
    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.function[:60]} ({os.path.basename(self.path)[:40]}:{self.line})"


def _frame(line: str) -> _Frame | None:
    if fault := _FAULT.match(line):
        return _Frame(fault[3], fault[1], int(fault[2]))
    if spied := _PY_SPY.match(line):
        return _Frame(spied[1], spied[2], int(spied[3]))
    return None


def _answers(run_folder: Path, pid: int) -> bool:
    return (run_folder / LAUNCH_FOLDER / STACKS.format(pid=pid)).exists()


def _by_faulthandler(run_folder: Path, pid: int) -> str:
    path = run_folder / LAUNCH_FOLDER / STACKS.format(pid=pid)
    if STACK_SIGNAL is None or not path.exists():
        return ""
    before = path.stat().st_size
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, STACK_SIGNAL)
    text = ""
    until = time.monotonic() + ANSWER_S
    while time.monotonic() < until:
        now = path.read_text(encoding="utf-8", errors="replace")[before:]
        if now and now == text:  # it has finished writing
            break
        text = now
        time.sleep(0.05)
    return text


def _by_py_spy(pid: int) -> str:
    beside = Path(sys.executable).with_name("py-spy")
    program = str(beside) if beside.exists() else shutil.which("py-spy")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, "dump", "--pid", str(pid), "--nonblocking", "--full-filenames"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=PY_SPY_TIMEOUT_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
