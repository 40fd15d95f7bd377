"""The reference training loop, under the Monitor: one device, or one of several processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from neural_trainer.errors import MissingPackage, RunRefused
from neural_trainer.live.launched import LAUNCH_FOLDER
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.plain_config import plain
from neural_trainer.live.run_folder import METRICS_FILE, free_folder, holds_run
from neural_trainer.training.bad_input import missing_data_told
from neural_trainer.training.build import build_case
from neural_trainer.training.checkpoint import Checkpoint, need_safetensors
from neural_trainer.training.config import TrainConfig
from neural_trainer.training.config_file import config_tree
from neural_trainer.training.evaluation import evaluation_loss
from neural_trainer.training.heap import freed_memory_kept
from neural_trainer.training.parallel import forget_whole, refuse_out_of_sync, share_buffers
from neural_trainer.training.random_state import seed_all
from neural_trainer.training.recompute import recompute_blocks
from neural_trainer.training.rewind import cut_back
from neural_trainer.training.state import TrainingState
from neural_trainer.training.step import train_step
from neural_trainer.training.termination import termination_noted
from neural_trainer.training.update import autocast
from neural_trainer.training.world import World

Say = Callable[[str], None]


def say_on_stderr(text: str) -> None:
    """Tell the user, beside the result, what a training wants known."""
    print(f"neural-trainer: {text}", file=sys.stderr, flush=True)


def train(
    config: TrainConfig,
    out: Path | None = None,
    resume: Checkpoint | None = None,
    say: Say = say_on_stderr,
    world: World | None = None,
) -> Path:
    """Train as `config` says and return the run folder, `out` or a free name under runs/.

    resume: go on from there, in the folder of its run unless `out` names another. world: this
    process with the others, as `joined` yields it. Raises RunRefused where `out` holds a run or
    SIGTERM came, ConfigError, MissingPackage, OSError.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingPackage("torch", "train", "train") from error
    need_safetensors()
    settings, world = config.training, world or World()
    if world.rank:  # what is to be told, rank 0 tells
        say = _say_nothing
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    seed_all(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with missing_data_told(config.case or config.model.name):
        case = build_case(config, say)
        case.model.to(device)
        state = TrainingState(config, case, device, world)
        if settings.activation_checkpointing:
            recompute_blocks(case.model)
        if settings.compile:
            state.model.compile()
        if resume is not None:
            state.restore(resume)
            if why := state.passes.inexact_because():
                say(why)
            out = out or resume.run_folder
        if out is None:
            parent, name = Path(config.run.folder), config.run.name
            out = world.folder_before or world.first(partial(free_folder, parent, name))
        folder = out
        goes_on = (resume is not None or world.folder_before is not None) and holds_run(folder)
        world.wait()  # all have looked before one writes
        if goes_on:
            cut_back(folder, state.step, world.rank)
        with Monitor(
            folder, case.model, state.optimizers, plain(config_tree(config)),
            data=case.config, resume=goes_on, judge=not _is_judged(folder, world),
        ) as monitor:  # fmt: skip
            monitor.step_number = state.step
            world.remember_folder(monitor.folder)
            with freed_memory_kept() if device.type == "cpu" else nullcontext():
                _loop(state, monitor, device, say)
    return monitor.folder  # under launch it is launch's


def _loop(state: TrainingState, monitor: Monitor, device: Any, say: Say) -> None:
    """Train to the last step, or until no better evaluation is waited for."""
    settings, kept = state.config.training, state.config.checkpoint
    world, every = state.world, settings.compare_ranks_every
    state.go_on()
    state.model.train()
    shown = world.rank == 0
    with _progress(settings.steps, state.step, shown) as advance, termination_noted() as must_stop:
        state.must_stop = must_stop
        while state.step < settings.steps and not _waited_enough(state):
            values = train_step(state, device)
            monitor.step(**values)
            if every and world.size > 1 and state.step % every == 0:
                refuse_out_of_sync(state.case.model, world, state.step)
            loss = _evaluated(state, monitor, device)
            is_best = kept.best and loss is not None and state.best.step == state.step
            is_due = kept.every > 0 and state.step % kept.every == 0
            is_last = state.step == settings.steps or _waited_enough(state)
            stops = state.stops if world.size > 1 else must_stop()
            if is_best or is_due or is_last or stops:
                state.save(monitor.folder, loss)
            if stops and not is_last:
                raise RunRefused(
                    f"stopped by SIGTERM after step {state.step}, its checkpoint written; go on "
                    f"with: neural-trainer train --resume {monitor.folder}"
                )
            advance()
    if num_skipped := int(state.skips.count):
        say(
            f"{num_skipped} updates were left out because a gradient was NaN or infinite: see "
            f"grad_norm in {monitor.folder / METRICS_FILE}"
        )
    if state.step < settings.steps:
        say(
            f"stopped at step {state.step}: the held-out loss was lowest at step "
            f"{state.best.step}, and no lower in {state.best.since} evaluations since"
        )


def _evaluated(state: TrainingState, monitor: Monitor, device: Any) -> float | None:
    """Evaluate where it is time, with the average of the weights if there is one."""
    settings = state.config.training
    every, last = settings.eval_every, settings.steps
    is_time = every > 0 and (state.step % every == 0 or state.step == last)
    if state.held_out is None or not is_time:
        return None
    held_out = state.held_out
    share_buffers(state.case.model, state.world)

    def evaluate() -> float:
        loss = evaluation_loss(
            state.case, state.model, held_out, device,
            lambda: autocast(settings.precision, device), state.world,
        )  # fmt: skip
        forget_whole(state.model, state.way)
        return loss

    if state.ema is None:
        loss = evaluate()
    else:
        with state.ema.in_place():
            loss = evaluate()
    monitor.evaluate(loss=loss)
    state.best = state.best.after(state.step, loss)
    return loss


def _waited_enough(state: TrainingState) -> bool:
    patience = state.config.training.patience
    return patience is not None and state.best.since >= patience


def _is_judged(folder: Path, world: World) -> bool:
    """Return whether launch judges the run: torchrun below it has started all ranks again."""
    return world.folder_before is not None and (folder / LAUNCH_FOLDER).is_dir()


def _say_nothing(text: str) -> None:
    """Tell the user nothing."""


@contextmanager
def _progress(num_steps: int, done: int, shown: bool) -> Iterator[Any]:
    """Show a bar on stderr where that is a terminal; yield what moves it by one step."""
    if not shown or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=num_steps, completed=done)
        yield lambda: bar.advance(task)
