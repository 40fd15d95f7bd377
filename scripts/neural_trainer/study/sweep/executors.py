"""Where workers run: processes of this machine, jobs of SLURM, or tasks of a Ray cluster."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from neural_trainer.errors import MissingPackage
from neural_trainer.study.sweep.settings import Sweep

SCRIPTS = Path(__file__).parents[3]
POLL_S = 0.2
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); from neural_trainer.cli import main; "
    "raise SystemExit(main(sys.argv[1:]))"
)


def worker_command(sweep: Sweep, index: int) -> list[str]:
    """Return the command of one worker."""
    words = ["sweep", "work", str(sweep.folder), "--index", str(index)]
    return [sys.executable, "-c", _BOOT, str(SCRIPTS), *words]


def run_workers(sweep: Sweep, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Run all workers to their end; with `stop` they end their trials first."""
    {"local": _local, "slurm": _slurm, "ray": _ray}[sweep.executor.kind](sweep, stop, say)


def _local(sweep: Sweep, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Run workers as processes; one that was killed is started again, as often as a trial is."""
    gpus = sweep.executor.gpus

    def start(index: int) -> subprocess.Popen[bytes]:
        environment = dict(os.environ)
        if gpus:
            environment["CUDA_VISIBLE_DEVICES"] = gpus[index % len(gpus)]
        process = subprocess.Popen(worker_command(sweep, index), env=environment)
        say(f"worker {index} is process {process.pid}")
        return process

    alive = {index: start(index) for index in range(sweep.executor.workers)}
    deaths = dict.fromkeys(alive, 0)
    told = False
    while alive:
        for index, process in list(alive.items()):
            code = process.poll()
            if code is None:
                continue
            del alive[index]
            if code < 0 and not stop.is_set():
                deaths[index] += 1
                again = deaths[index] <= sweep.retries
                say(f"worker {index} was killed{'; another takes its place' if again else ''}")
                if again:
                    alive[index] = start(index)
        if stop.is_set() and not told:
            told = True
            for process in alive.values():
                process.terminate()
        if alive:
            time.sleep(POLL_S) if told else stop.wait(POLL_S)


def _slurm(sweep: Sweep, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Run each worker as a job; `options` go to submitit, `cluster: local` runs jobs right here."""
    try:
        import submitit
    except ImportError as error:
        raise MissingPackage("submitit", "the executor slurm", "slurm") from error
    options = dict(sweep.executor.options or {})
    cluster = options.pop("cluster", None)
    executor = submitit.AutoExecutor(folder=sweep.folder / "slurm", cluster=cluster)
    options.setdefault("name", sweep.name[:32])
    executor.update_parameters(**options)
    jobs: list[Any] = []
    for index in range(sweep.executor.workers):
        command = worker_command(sweep, index)
        function = submitit.helpers.CommandFunction(command, verbose=False)
        jobs.append(executor.submit(function))
    say(f"submitted: {', '.join(str(job.job_id) for job in jobs)}")
    told = False
    while not all(job.done() for job in jobs):
        if stop.is_set() and not told:
            told = True
            for job in jobs:
                job.cancel()
        stop.wait(POLL_S) if not told else time.sleep(POLL_S)
    for job in jobs:
        failure = job.exception()
        if failure is not None and not told:
            say(f"job {job.job_id} failed: {str(failure).splitlines()[0][:160]}")


def _ray(sweep: Sweep, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Run each worker as a trial of Ray Tune, which places it; `options` are its resources."""
    try:
        from ray import tune
    except ImportError as error:
        raise MissingPackage("ray[tune]", "the executor ray", "ray") from error
    resources = dict(sweep.executor.options or {"cpu": 1})
    commands = [worker_command(sweep, index) for index in range(sweep.executor.workers)]
    where = os.getcwd()

    def work(config: dict[str, Any]) -> dict[str, int]:
        import subprocess

        return {"exit_code": subprocess.run(config["command"], cwd=where, check=False).returncode}

    tuner = tune.Tuner(
        tune.with_resources(work, resources),
        param_space={"command": tune.grid_search(commands)},
        run_config=tune.RunConfig(storage_path=str(sweep.folder / "ray"), verbose=0),
    )
    with redirect_stdout(sys.stderr):  # its own tables; stdout is for the report
        results = tuner.fit()
    for index, result in enumerate(results):
        if result.error is not None:
            say(f"worker {index} failed: {str(result.error).splitlines()[-1][:160]}")
