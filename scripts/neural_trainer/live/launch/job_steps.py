"""The job steps of a run's srun, which SLURM alone can signal: srun passes no signal on.

SIGTERM tells srun to kill its tasks at once, a first SIGINT to ask how they are; killed itself, it
leaves them running, on other machines too. `scancel` reaches the tasks.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Collection, Iterable
from contextlib import suppress
from signal import Signals
from typing import NamedTuple

from neural_trainer.live.launch.processes import is_named

SRUN = "srun"
ANSWER_S = 10.0  # for SLURM's controller, which may be busy
_STEP = re.compile(r"^StepId=(\S+) .*\bSrunHost:Pid=(\S+?):(\d+)\s*$", re.MULTILINE)
_SESSION = re.compile(r"\bAllocNode:Sid=\S+?:(\d+)\b")


class Step(NamedTuple):
    """A job step. id: such as 12.0, of job 12; srun: the process that began it."""

    id: str
    srun: int


def sruns_among(pids: Iterable[int]) -> set[int]:
    """Return the processes that are an srun."""
    return {pid for pid in pids if is_named(pid, SRUN)}


def steps_of(sruns: Collection[int]) -> list[Step]:
    """Return the steps that these processes of this machine began, even if they have ended."""
    if not sruns:
        return []
    host = socket.gethostname().partition(".")[0]
    return [
        Step(step, int(pid))
        for step, of_host, pid in _STEP.findall(_asked("scontrol", "show", "steps", "--oneliner"))
        if int(pid) in sruns and of_host.partition(".")[0] == host
    ]


def signal_tasks(pids: Collection[int], number: int) -> set[int]:
    """Send a signal to the tasks of the sruns among `pids`.

    Return which of `pids` need it no more: those tasks, and their sruns, which would kill them.
    """
    sruns = sruns_among(pids)
    steps = steps_of(sruns)
    for step in steps:
        _asked("scancel", f"--signal={Signals(number).name[3:]}", step.id)
    if not steps:
        return set()
    sessions = {session for pid in sruns if (session := _session(pid)) is not None}
    return sruns | {pid for pid in pids if _session(pid) not in sessions}


def cancel(steps: Iterable[Step]) -> None:
    """End steps at once, and with them the jobs that were made for them alone."""
    for step in steps:
        _asked("scancel", "--signal=KILL", step.id)
        job = step.id.partition(".")[0]
        made_by = _SESSION.search(_asked("scontrol", "show", "job", job, "--oneliner"))
        # Of a job that launch was started in the session is another.
        if made_by and int(made_by[1]) in (step.srun, _session(step.srun)):
            _asked("scancel", job)


def _session(pid: int) -> int | None:
    with suppress(OSError):
        return os.getsid(pid)
    return None


def _asked(program: str, *words: str) -> str:
    """Return what a program of SLURM prints; "" where it is not there or has no answer."""
    if shutil.which(program) is None:
        return ""
    with suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(
            [program, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False,
            encoding="utf-8", errors="replace", timeout=ANSWER_S,
        ).stdout  # fmt: skip
    return ""
