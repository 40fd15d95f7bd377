"""The reference training loop: one process, one device, under the Monitor."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neural_trainer.errors import ConfigError, MissingPackage
from neural_trainer.layers.case import Case, load_case
from neural_trainer.live.monitor import Monitor
from neural_trainer.live.plain_config import plain
from neural_trainer.live.run_folder import free_folder

if TYPE_CHECKING:
    from neural_trainer.training.config import (
        OptimizerConfig,
        ScheduleConfig,
        TrainConfig,
        TrainingConfig,
    )


def train(config: TrainConfig, out: Path | None = None) -> Path:
    """Train as `config` says and return the run folder, `out` or a free name under runs/.

    Raises RunRefused where `out` holds a run, ConfigError, MissingPackage without torch.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingPackage("torch", "train", "train") from error
    folder = out if out is not None else free_folder(Path(config.run.folder), config.run.name)
    settings = config.training
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    case = _case(config)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    case.model.to(device)
    optimizer = case.optimizer
    if config.optimizer is not None:
        optimizer = make_optimizer(case.model, config.optimizer)
    if optimizer is None:
        raise ConfigError(f"{config.case} brings no optimizer; name one in the config's optimizer")
    with Monitor(folder, case.model, optimizer, plain(config), data=case.config) as monitor:
        _loop(case, optimizer, config, monitor, device)
    return monitor.folder  # under launch it is launch's


def make_optimizer(model: Any, config: OptimizerConfig) -> Any:
    """Return the optimizer named, with weight decay on matrices of linear maps alone.

    Norms, biases and embeddings are not decayed (as in Hugging Face's Trainer, and OLMo 2 for
    embeddings, 2501.00656 section 3); a head tied to an embedding counts as the embedding.
    """
    from torch import nn
    from torch.optim import SGD, AdamW

    embeddings = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    decayed: list[Any] = []
    spared: list[Any] = []
    for parameter in model.parameters():
        if parameter.requires_grad:
            is_matrix = parameter.ndim >= 2 and id(parameter) not in embeddings
            (decayed if is_matrix else spared).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": spared, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if config.name == "sgd":
        return SGD(groups, lr=config.lr, momentum=config.momentum)
    return AdamW(groups, lr=config.lr, betas=config.betas)


def lr_factor(step: int, config: ScheduleConfig, num_steps: int) -> float:
    """Return the share of the peak lr at which `step`, from 1, is taken.

    Warm-up reaches 1 at step `warmup_steps`; the decay reaches `final_fraction` at the last step.
    """
    if step <= config.warmup_steps:
        return step / config.warmup_steps
    if config.name == "constant":
        return 1.0
    gone = (step - config.warmup_steps) / max(1, num_steps - config.warmup_steps)
    left = 1 - gone if config.name == "linear" else 0.5 * (1 + math.cos(math.pi * gone))
    return config.final_fraction + (1 - config.final_fraction) * left


def _case(config: TrainConfig) -> Case:
    if config.case is not None:
        return load_case(config.case)
    from neural_trainer.training.char_gpt import make_case

    return make_case(config)


def _loop(case: Case, optimizer: Any, config: TrainConfig, monitor: Monitor, device: Any) -> None:
    settings = config.training
    peaks = [group["lr"] for group in optimizer.param_groups]
    batches = endless(case.train_batches)
    case.model.train()
    with _progress(settings.steps) as advance:
        for step in range(1, settings.steps + 1):
            factor = lr_factor(step, config.schedule, settings.steps)
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * factor
            batch = on_device(next(batches), device)
            loss = case.loss_fn(case.model, batch)
            optimizer.zero_grad()
            loss.backward()
            norm = _clipped(case.model, settings)
            optimizer.step()
            monitor.step(loss, samples=num_samples(batch), **norm)
            if case.eval_batches is not None and _evaluates_at(step, settings):
                monitor.evaluate(loss=evaluation_loss(case, device))
            advance()


def _evaluates_at(step: int, settings: TrainingConfig) -> bool:
    every = settings.eval_every
    return every > 0 and (step % every == 0 or step == settings.steps)


def _clipped(model: Any, settings: TrainingConfig) -> dict[str, Any]:
    """Clip where the config says so and return the norm as it was before."""
    if settings.clip_norm is None:
        return {}
    from torch.nn.utils import clip_grad_norm_

    norm = clip_grad_norm_(model.parameters(), settings.clip_norm)
    return {"grad_norm": norm, "grad_clipped": norm > settings.clip_norm}


def evaluation_loss(case: Case, device: Any) -> float:
    """Return the mean loss over the evaluation batches, in evaluation mode."""
    import torch

    case.model.eval()
    with torch.no_grad():
        losses = [
            float(case.loss_fn(case.model, on_device(batch, device)))
            for batch in case.eval_batches or ()
        ]
    case.model.train()
    return sum(losses) / len(losses) if losses else math.nan


def endless(batches: Iterable[Any]) -> Iterator[Any]:
    """Yield the batches pass after pass. Raises ConfigError where a pass yields none."""
    while True:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise ConfigError("train_batches yielded nothing on a pass; expected a re-iterable")


def on_device(batch: Any, device: Any) -> Any:
    """Return `batch` with every tensor in it, however nested, on `device`."""
    if hasattr(batch, "to"):
        return batch.to(device)
    if isinstance(batch, dict):
        return {key: on_device(value, device) for key, value in batch.items()}
    if isinstance(batch, list | tuple):
        moved = [on_device(value, device) for value in batch]
        if isinstance(batch, tuple):
            return type(batch)(*moved) if hasattr(batch, "_fields") else tuple(moved)
        return moved
    return batch


def num_samples(batch: Any) -> int | None:
    """Return the first dimension of the first tensor in `batch`; None where there is none."""
    if getattr(batch, "ndim", 0):
        return int(batch.shape[0])
    if isinstance(batch, dict):
        batch = list(batch.values())
    if isinstance(batch, list | tuple):
        return next((n for n in map(num_samples, batch) if n is not None), None)
    return None


@contextmanager
def _progress(num_steps: int) -> Iterator[Any]:
    """Show a bar on stderr where that is a terminal; yield what moves it by one step."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("training", total=num_steps)
        yield lambda: bar.advance(task)
