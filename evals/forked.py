"""Runs Python programs, each in a process of its own, forked from one that has imported torch.

Importing torch takes longer than most graders do. Where fork is not to be had, or not safe once
libraries are loaded (macOS), each program starts an interpreter of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import queue
import random
import signal
import subprocess
import sys
import tempfile
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

IMPORTED = (
    *("numpy", "scipy.stats", "torch", "torch.nn.functional", "torch.utils.data"),
    *("torch.distributed", "torch.nn.parallel", "torch._dynamo", "gymnasium"),
)
"""What several graders or answers import, and what takes a tenth of a second or more."""
ONE_THREAD = {"OMP_NUM_THREADS": "1"}  # two answers are graded at once, on two cores
FORKS = sys.platform == "linux"


class Ended(NamedTuple):
    """What a program left."""

    returncode: int
    """As subprocess gives it: below zero where a signal ended it."""
    stdout: str
    stderr: str
    processor_s: float


def run(arguments: list[str], folder: Path, timeout_s: float) -> Ended:
    """Run Python with arguments, `-c CODE` or `FILE ...`, on one thread; return what it left.

    folder: where it runs. It reads nothing from stdin and writes no bytecode. What it started is
    ended with it. timeout_s: of processor time, or of waiting, where it is forked: how busy the
    machine is decides nothing. Raises subprocess.TimeoutExpired.
    """
    if not FORKS:
        before = os.times()
        done = subprocess.run(
            [sys.executable, "-B", *arguments],
            cwd=folder,
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )
        spent = [now - then for now, then in zip(os.times(), before, strict=True)]
        return Ended(done.returncode, done.stdout, done.stderr, sum(spent[2:4]))
    with tempfile.TemporaryDirectory() as written:
        out, err = Path(written, "out"), Path(written, "err")
        asked = [arguments, str(folder), str(out), str(err), timeout_s]
        with _server() as server:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps(asked) + "\n")
            server.stdin.flush()
            code, processor_s = json.loads(server.stdout.readline())
        if code is None:
            raise subprocess.TimeoutExpired(arguments, timeout_s)
        told = [path.read_text(encoding="utf-8", errors="replace") for path in (out, err)]
        return Ended(code, *told, processor_s)


@functools.cache
def _idle() -> queue.SimpleQueue[subprocess.Popen[str]]:
    """Servers that wait for a program."""
    return queue.SimpleQueue()


@contextlib.contextmanager
def _server() -> Iterator[subprocess.Popen[str]]:
    """A server that nobody else uses meanwhile; one that fails is not used again."""
    try:
        server = _idle().get_nowait()
    except queue.Empty:
        server = subprocess.Popen(
            [sys.executable, "-B", __file__],
            env={**os.environ, **ONE_THREAD},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(server.communicate)  # it ends when there is nothing more to read
    yield server
    _idle().put(server)


def _serve() -> list[str] | None:
    """Fork for each line of stdin. Return the arguments in each child, None at the end of stdin."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        arguments, folder, out, err, timeout_s = json.loads(line)
        child = os.fork()
        if child == 0:
            os.setsid()
            os.chdir(folder)
            for place, path in enumerate((os.devnull, out, err)):
                file = os.open(path, os.O_RDWR | os.O_CREAT)
                os.dup2(file, place)
                os.close(file)
            return list(arguments)
        print(json.dumps(_ended(child, timeout_s)), flush=True)
    return None


def _ended(child: int, timeout_s: float) -> tuple[int | None, float]:
    """Wait for a child; return its code, None where it took too long, and its processor time."""
    late = []
    spent_s = [0.0]  # when last looked at, and before

    def look(*_: object) -> None:
        spent_s.append(_processor_s(child))
        if spent_s[-1] > 0.9 * timeout_s or spent_s[-1] - spent_s[-2] < 0.02 * timeout_s:
            late.append(child)
            os.kill(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, timeout_s, timeout_s)
    _, status, spent = os.wait4(child, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # what it left behind
    code = None if late else os.waitstatus_to_exitcode(status)
    return code, spent.ru_utime + spent.ru_stime


def _processor_s(leader: int) -> float:
    """What a child has spent, and all that it started and that is of its session."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            words = stat.read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
            if int(words[3]) == leader:
                ticks += sum(map(int, words[11:15]))  # with its children that have ended
    return ticks / os.sysconf("SC_CLK_TCK")


def _program(arguments: list[str]) -> None:
    """Be the program, as if the interpreter had been started with these arguments."""
    import numpy as np
    import torch

    random.seed()  # as each interpreter does, and torch, too: the parent's would be one for all
    np.random.seed()
    torch.seed()
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    if arguments[0] == "-c":
        sys.argv, sys.path[0] = ["-c", *arguments[2:]], ""
        name, text = "<string>", arguments[1].encode()
    else:
        path = Path(arguments[0]).resolve()
        sys.argv, sys.path[0] = arguments, str(path.parent)
        name, text = str(path), path.read_bytes()
        main.__file__ = name
    sys.modules["__main__"] = main
    exec(compile(text, name, "exec"), main.__dict__)


def _exit_code(arguments: list[str]) -> int:
    """Run a program to its end and return its code, without the third of a second in which an
    interpreter takes torch down.
    """
    code: object = None
    try:
        _program(arguments)
    except SystemExit as error:
        code = error.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as at any end
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code or 0)


if __name__ == "__main__":
    given = _serve()
    if given is not None:
        os._exit(_exit_code(given))
