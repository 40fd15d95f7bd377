"""Starts the ranks of trainings as torchrun would, and calls a function in each of them.

python rank_processes.py JOBS: a list in JSON of folder, number of ranks, module:function and its
words, done one after the other. Ranks are forked once torch is imported, which is what costs time.
What a rank says goes to rank-0.txt, rank-1.txt ... in the job's folder, its working directory.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent


class Job(NamedTuple):
    """A function that is called in each of so many ranks."""

    folder: str
    size: int
    function: str
    words: tuple[str, ...] = ()


class Ended(NamedTuple):
    """The exit status of a rank, negative for a signal, and all that it said."""

    code: int
    said: str


def run_ranks(*jobs: Job, timeout_s: float = 300) -> list[list[Ended]]:
    """Do the jobs below the working directory; return how each rank of each ended."""
    environment = {
        "PYTHONPATH": os.pathsep.join([str(HERE.parents[1] / "scripts"), str(HERE)]),
        "PATH": "", "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, str(HERE / "rank_processes.py"), json.dumps(jobs)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as python:  # fmt: skip
        try:
            codes, said = python.communicate(timeout=timeout_s)
        finally:
            if python.poll() is None:
                os.killpg(python.pid, signal.SIGKILL)
    assert python.returncode == 0, said[-4000:]
    return [
        [Ended(code, _said_by(job, rank).read_text()) for rank, code in enumerate(of_job)]
        for job, of_job in zip(jobs, json.loads(codes), strict=True)
    ]


def _said_by(job: Job, rank: int) -> Path:
    return Path(job.folder, f"rank-{rank}.txt")


def main(jobs: list[Job]) -> None:
    """Fork the ranks of each job, wait for them and print their exit codes."""
    print(json.dumps([_codes(job) for job in jobs]))


def _codes(job: Job) -> list[int]:
    import torch.distributed

    module, _, name = job.function.partition(":")
    call = getattr(importlib.import_module(module), name)
    Path(job.folder).mkdir(exist_ok=True)
    store = torch.distributed.TCPStore(
        "127.0.0.1", 0, is_master=True, wait_for_workers=False, timeout=timedelta(seconds=100)
    )
    children = [_started(rank, job, store.port, call) for rank in range(job.size)]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def _started(rank: int, job: Job, port: int, call: Any) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        said = os.open(_said_by(job, rank), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.chdir(job.folder)
        os.environ.update(
            RANK=str(rank), WORLD_SIZE=str(job.size), LOCAL_RANK=str(rank),
            MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), TORCHELASTIC_USE_AGENT_STORE="True",
        )  # fmt: skip
        code = int(call(*job.words) or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main([Job(folder, *rest) for folder, *rest in json.loads(sys.argv[1])])
