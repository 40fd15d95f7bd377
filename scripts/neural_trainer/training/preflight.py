"""What a careful person checks before a long run: of a config for the trainer, or of a factory."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural_trainer.inspect.checks import PREFLIGHT
from neural_trainer.inspect.checks.outcome import (
    Failed,
    NotCheckable,
    Outcome,
    Passed,
    Result,
    few,
)
from neural_trainer.inspect.user_case import called, imported, sound_case, user_case
from neural_trainer.live.reproducibility import HELD, NOT_HELD, Condition, checklist
from neural_trainer.training.config import TrainConfig

if TYPE_CHECKING:
    from neural_trainer.layers.case import Case

LOGGING = ("logging", "is the run recorded")
REPRODUCIBILITY = ("reproducibility", "could the run be repeated")
NUM_CHECKS = len(PREFLIGHT) + 3  # with the pass over the data

Tell = Callable[[str], None]


def of_config(
    config: TrainConfig, source: str, tell: Tell, say: Tell, limit_s: float
) -> list[Result]:
    """Return the results for what `train` would train. Raises NeuralTrainerError."""
    import torch

    from neural_trainer.inspect.checks.subject import Plan
    from neural_trainer.inspect.running import run_checks
    from neural_trainer.training.bad_input import missing_data_told
    from neural_trainer.training.build import build_case
    from neural_trainer.training.config_file import config_tree
    from neural_trainer.training.optimizers import optimizers_of
    from neural_trainer.training.random_state import seed_all

    settings = config.training
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    seed_all(settings.seed)
    with missing_data_told(config.case or config.model.name):
        if config.case:
            imported(config.case, limit_s)
        made = called(lambda: build_case(config, say), config.case or source, limit_s)
    case = sound_case(made, config.case or source)
    case.model.to("cuda" if torch.cuda.is_available() else "cpu")
    case = replace(case, optimizer=optimizers_of(case, config))
    lr = config.optimizer.lr if config.optimizer is not None else None
    plan = Plan(settings.steps, settings.accumulate, lr)
    results = run_checks(case, PREFLIGHT, plan, tell=tell, limit_s=limit_s)
    num_bytes = _checkpoint_bytes(results)
    return [
        *results,
        _timed(LOGGING, lambda: recorded(config, case, num_bytes), tell),
        _timed(REPRODUCIBILITY, lambda: repeatable(config_tree(config), case, True), tell),
    ]


def of_factory(target: str, tell: Tell, limit_s: float) -> list[Result]:
    """Return the results for the Case of `module:factory`. Raises NeuralTrainerError."""
    from neural_trainer.inspect.running import run_checks

    case = user_case(target, limit_s)
    results = run_checks(case, PREFLIGHT, tell=tell, limit_s=limit_s)
    why = (
        "a Case does not say who trains it: `neural-trainer launch` watches any command, and "
        "Monitor(...) a loop"
    )
    config = dict(case.config or {})
    return [
        *results,
        _timed(LOGGING, lambda: NotCheckable(why), tell),
        _timed(REPRODUCIBILITY, lambda: repeatable(config, case, False), tell),
    ]


def _timed(name: tuple[str, str], check: Callable[[], Outcome], tell: Tell) -> Result:
    tell(name[0])
    began = time.monotonic()
    return Result(*name, check(), time.monotonic() - began)


def _checkpoint_bytes(results: Iterable[Result]) -> float:
    """Return the size of a checkpoint, where its round trip told it; else 0."""
    outcomes = [result.outcome for result in results if result.check == "checkpoint"]
    sizes = [o.numbers.get("bytes", 0.0) for o in outcomes if isinstance(o, Passed)]
    return sizes[0] if sizes else 0.0


def recorded(config: TrainConfig, case: Case, checkpoint_bytes: float) -> Outcome:
    """Tell whether the run folder can be written, holds its checkpoints, and gets evaluations."""
    folder = Path(config.run.folder)
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        return Failed(
            f"{there} cannot be written, where the run folder goes", None,
            "set run.folder to a folder that can be",
        )  # fmt: skip
    # One more than are kept is on the disk while it is written.
    count = config.checkpoint.keep + config.checkpoint.best + 1
    needed, free = count * checkpoint_bytes, shutil.disk_usage(there).free
    numbers = {"needed_bytes": needed, "free_bytes": float(free)}
    if needed > free:
        return Failed(
            f"{count} checkpoints of {checkpoint_bytes / 1e6:.3g} MB do not fit in the "
            f"{free / 1e9:.3g} GB that are free in {there}", "run-crashed",
            "free some, set checkpoint.keep lower, or run.folder to another disk", numbers,
        )  # fmt: skip
    every = config.training.eval_every
    if case.eval_batches is None or not every:
        what = "the case has no eval_batches" if every else "training.eval_every is 0"
        return Failed(
            f"the run is recorded, but never evaluated: {what}", "overfitting",
            "give held-out data and training.eval_every: overfitting shows in nothing else",
            numbers,
        )  # fmt: skip
    return Passed(
        f"the Monitor writes each step, {every} steps apart an evaluation, to {folder}; "
        f"{free / 1e9:.3g} GB are free", numbers,
    )  # fmt: skip


def repeatable(config: dict[str, Any], case: Case, is_seeded: bool) -> Outcome:
    """Return the reproducibility checklist. is_seeded: here the seeds are as the run has them.

    Failed where a run could not be repeated on this very machine: of seeds that the run itself
    sets. What is open besides is said.
    """
    from torch.utils.data import DataLoader

    from neural_trainer.live.environment import packages
    from neural_trainer.live.fingerprints import fingerprints
    from neural_trainer.live.git_state import git_state
    from neural_trainer.live.plain_config import plain
    from neural_trainer.live.seeds import seeds

    kept = plain(config)
    loaders = [b for b in (case.train_batches, case.eval_batches) if isinstance(b, DataLoader)]
    conditions = checklist(
        seeds(kept), Path.cwd(), git=git_state(Path.cwd()), packages=packages(),
        data_files=fingerprints({"config": kept, "data": plain(case.config)}, Path.cwd()),
        loaders=loaders,
    )  # fmt: skip
    is_open = [one for one in conditions if one.state != HELD]
    held = len(conditions) - len(is_open)
    told = f"{held} of {len(conditions)} conditions are held"
    numbers = {"held": float(held), "of": float(len(conditions))}
    unseeded = [one for one in is_open if one.state == NOT_HELD and _is_seed(one)]
    if is_seeded and unseeded:
        return Failed(
            f"{told}; {unseeded[0].name}: {unseeded[0].found}", "seed-noise", unseeded[0].do,
            numbers,
        )  # fmt: skip
    names = [one.name for one in is_open]
    return Passed(f"{told}; open: {few(names, 8)}" if names else told, numbers)


def _is_seed(condition: Condition) -> bool:
    return condition.name in ("seed of torch", "seeds of data-loader workers")
