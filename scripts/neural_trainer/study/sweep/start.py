"""Starts a sweep or goes on with one: shows what will run, makes its places, runs its workers."""

from __future__ import annotations

import math
import shlex
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from neural_trainer.errors import RunRefused
from neural_trainer.live.launch.ending import shown_path
from neural_trainer.live.launch.quick_checks import is_writable
from neural_trainer.live.launch.visibility import HOW_TO_LOG, sight
from neural_trainer.live.masking import masked_command
from neural_trainer.runs.plain_text import printable
from neural_trainer.study.sweep import places, sweep_file
from neural_trainer.study.sweep.executors import run_workers
from neural_trainer.study.sweep.search import sampler
from neural_trainer.study.sweep.settings import JOURNAL, Sweep
from neural_trainer.study.sweep.space import Parameter
from neural_trainer.study.sweep.storage import opened, shown_url
from neural_trainer.study.sweep.trial_command import filled, runnable

WIDTH, KEY = 80, 12


def demand_possible(sweep: Sweep, runs: Sequence[Mapping[str, Any]] = ()) -> None:
    """Raise RunRefused where no trial could be seen, and MissingPackage where one lacks."""
    words = runs[0]["command"] if runs else filled(sweep.command, sweep.space, _first(sweep.space))
    if not sight(runnable(words), Path.cwd(), sweep.log_from).by:
        how = HOW_TO_LOG.replace("--log-from ", "log_from: ")
        raise RunRefused(f"the trials could not be seen, so none was started: {how}")
    if not is_writable(sweep.folder):
        raise RunRefused(f"{sweep.folder} cannot be made: no permission; name another folder")
    sampler(sweep.sampler, sweep.seed)


def plan_text(sweep: Sweep, plan: str = "") -> str:
    """Return what will run, in 80 columns."""
    command = " ".join(shlex.quote(word) for word in masked_command(sweep.command))
    rows = [("plan", plan)] if plan else [("command", printable(command, 2000))]
    rows += [(f"{p.name}", _range(p)) for p in sweep.space]
    objective = sweep.objective
    how = "its best" if objective.at == "best" else "at the end"
    hours = f", each at most {sweep.max_hours:g} h" if sweep.max_hours else ""
    searched = "" if plan else f", proposed by {sweep.sampler}"
    watched = " and by the diagnosis" if sweep.watcher else ""
    pruned = "none" if sweep.pruner.name == "none" and not sweep.watcher else sweep.pruner.name
    gpus = f", GPUs {', '.join(sweep.executor.gpus)}" if sweep.executor.gpus else ""
    place = "a journal file" if sweep.storage == JOURNAL else shown_url(sweep.storage)
    rows += [
        ("objective", f"{objective.direction} {objective.signal}, {how}"),
        ("trials", f"{sweep.trials}{searched}{hours}"),
        ("pruned", f"{pruned}{watched}"),
        ("workers", f"{sweep.executor.workers}, {sweep.executor.kind}{gpus}"),
        ("retries", f"{sweep.retries} of a trial that failed or was preempted"),
        ("storage", place),
        ("folder", shown_path(sweep.folder)),
    ]
    lines = ["What will run:"]
    for name, value in rows:
        shown = printable(name)
        first, *others = wrap(value, WIDTH - KEY - 3, break_on_hyphens=False) or [""]
        if len(shown) > KEY:
            lines.append(f"  {shown}")
            shown = ""
        lines.append(f"  {shown:<{KEY}} {first}")
        lines += [f"{'':{KEY + 3}}{line}" for line in others]
    return "\n".join(lines)


def run_sweep(
    sweep: Sweep, tree: Mapping[str, Any], runs: Sequence[Mapping[str, Any]], plan: str,
    again: str, stop: threading.Event, say: Callable[[str], None],
) -> Any:  # fmt: skip
    """Make the study or take it up, run the workers, return the study."""
    study = places.create(sweep, opened(sweep), runs)
    sweep_file.keep(sweep, tree, plan, again)
    run_workers(sweep, stop, say)
    return study


def _first(space: Sequence[Parameter]) -> dict[str, Any]:
    """Return one value of each setting."""
    return {p.name: p.choices[0] if p.kind == "categorical" else p.low for p in space}


def _range(p: Parameter) -> str:
    if p.kind == "categorical":
        told = ", ".join(str(choice) for choice in p.choices)
    else:
        told = f"{p.low:g} to {p.high:g}{', log' if p.log else ''}"
        told += f", {p.num_values:g} values" if math.isfinite(p.num_values) else ""
    when = " and ".join(f"{k} is {' or '.join(map(str, v))}" for k, v in p.when.items())
    return f"{told}, when {when}" if when else told
