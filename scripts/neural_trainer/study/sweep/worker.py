"""A worker: takes trials one by one until none is left, its node is bad, or it is stopped."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, Literal

from neural_trainer.study.sweep import places
from neural_trainer.study.sweep.search import pruner, sampler
from neural_trainer.study.sweep.settings import Sweep
from neural_trainer.study.sweep.states import Ending
from neural_trainer.study.sweep.storage import opened, optuna_package, reaching
from neural_trainer.study.sweep.trial_run import TrialRun, tell

Left = Literal["done", "bad node", "stopped"]
PATIENCE_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)  # two minutes: a database is restarted in less


def node_name(environment: Mapping[str, str] = os.environ) -> str:
    """Return what a breaker opens for: the machine, and the GPUs where a worker has its own."""
    gpus = environment.get("CUDA_VISIBLE_DEVICES")
    return socket.gethostname() + (f":gpu{gpus}" if gpus else "")


def work(
    sweep: Sweep, index: int, say: Callable[[str], None], stop: threading.Event, node: str = ""
) -> Left:
    """Take trials; return why no more. index: of this worker. stop: set to end it."""
    storage = opened(sweep)
    optuna = optuna_package()
    with reaching(sweep):
        study = optuna.load_study(study_name=sweep.name, storage=storage, pruner=pruner(sweep))
        begun = sum(t.state.name != "WAITING" for t in study.get_trials(deepcopy=False))
        study.sampler = sampler(sweep.sampler, sweep.seed, index, begun)
    node = node or node_name()
    failures: list[int] = []
    while not stop.is_set():
        taken = places.take(study, sweep)
        if taken is None:
            return "done"
        trial, claim = taken
        try:
            with reaching(sweep):
                ending = TrialRun(sweep, trial, node, stop.wait).end()
            tell(study, trial, ending, stop.wait, PATIENCE_S)
        finally:
            claim.release()
        say(in_words(trial, ending))
        failures = [*failures, trial.number] if ending.state == "failed" else []
        if len(failures) >= sweep.breaker:
            with reaching(sweep), places.alone(sweep.folder):
                places.blame(study, node, failures)
            say(f"{node} gets no more trials: the last {len(failures)} failed in a row")
            return "bad node"
    return "stopped"


def in_words(trial: Any, ending: Ending) -> str:
    """Return a line on how a trial ended."""
    value = f" {ending.value:.6g}" if ending.value is not None else ""
    why = f" ({ending.reason})" if ending.state != "complete" and ending.reason else ""
    settings = " ".join(f"{name}={_short(value)}" for name, value in trial.params.items())
    return f"trial {trial.number}: {ending.state}{value}{why} {settings}".rstrip()


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    event = threading.Event()

    def set_it(number: int, frame: FrameType | None) -> None:
        event.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, set_it)
    return event


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
