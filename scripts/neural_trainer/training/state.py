"""All that the next step of a training depends on: to make, to keep in a checkpoint, to restore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neural_trainer.errors import ConfigError, NeuralTrainerError
from neural_trainer.layers.case import Case
from neural_trainer.training.checkpoint import (
    Checkpoint,
    load_state,
    load_weights,
    rotate,
    write_checkpoint,
)
from neural_trainer.training.config import TrainConfig
from neural_trainer.training.config_file import config_tree
from neural_trainer.training.ema import Ema
from neural_trainer.training.evaluation import Best
from neural_trainer.training.optimizers import make_optimizers
from neural_trainer.training.passes import Passes
from neural_trainer.training.random_state import random_state, set_random_state
from neural_trainer.training.skips import Skips
from neural_trainer.training.update import make_scaler


class TrainingState:
    """A case with its optimizers, and where its training is.

    step: steps done. taken: those among them by which the schedule goes: not those that fp16 skips.
    """

    def __init__(self, config: TrainConfig, case: Case, device: Any) -> None:
        """Start from nothing. Raises ConfigError, MissingPackage."""
        self.config, self.case = config, case
        if config.optimizer is not None:
            self.optimizers = make_optimizers(case.model, config.optimizer)
        elif case.optimizer is not None:
            self.optimizers = [case.optimizer]
        else:
            raise ConfigError(
                f"{config.case} brings no optimizer; name one in the config's optimizer"
            )
        self.peaks = [[group["lr"] for group in o.param_groups] for o in self.optimizers]
        self.scaler = make_scaler(config.training.precision, device)
        decay = config.training.ema_decay
        self.ema = Ema(case.model, decay) if decay is not None else None
        self.passes = Passes(case.train_batches)
        self.step, self.taken, self.best, self.skips = 0, 0, Best(), Skips()
        self._random: dict[str, Any] | None = None

    def set_lr(self, factor: float) -> None:
        """Have every group of parameters learn at this share of its peak."""
        for optimizer, peaks in zip(self.optimizers, self.peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

    def save(self, folder: Path, eval_loss: float | None) -> None:
        """Write a checkpoint of the run in `folder`; remove those that are no longer kept.

        Raises NeuralTrainerError where the weights are not finite: it would push out good ones.
        """
        model = self.case.model
        broken = [name for name, p in model.named_parameters() if not bool(p.isfinite().all())]
        if broken:
            raise NeuralTrainerError(
                f"step {self.step}: {broken[0]} and {len(broken) - 1} other weights are NaN or "
                f"infinite, so the training ends here and the last whole checkpoint is kept; see: "
                f"neural-trainer diagnose {folder}"
            )
        state = {
            "taken": self.taken,
            "skips": self.skips.state(),
            "best": (self.best.step, self.best.loss, self.best.since),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "scaler": self.scaler.state_dict() if self.scaler is not None else None,
            "passes": self.passes.state(),
            "random": random_state(),
        }
        average = self.ema.weights if self.ema is not None else None
        tree = config_tree(self.config)
        write_checkpoint(folder, self.step, tree, model, state, average, eval_loss)
        kept = self.config.checkpoint
        rotate(folder, kept.keep, self.best.step if kept.best else None)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go to where a checkpoint was written. Raises ConfigError where it is of another case."""
        load_weights(checkpoint, self.case.model)
        state, average = load_state(checkpoint)
        if len(state["optimizers"]) != len(self.optimizers):
            raise ConfigError(f"{checkpoint.folder} was written with other optimizers")
        for optimizer, own in zip(self.optimizers, state["optimizers"], strict=True):
            _load(optimizer, own, checkpoint)
        if self.scaler is not None and state["scaler"] is not None:
            self.scaler.load_state_dict(state["scaler"])
        if self.ema is not None and average is not None:
            self.ema.restore(average)
        self.step, self.taken, self.best = checkpoint.step, state["taken"], Best(*state["best"])
        self.skips.restore(state.get("skips", (0, 0)))  # of a checkpoint that has none
        self.passes.restore(state["passes"])
        self._random = state["random"]

    def go_on(self) -> None:
        """Put the random generators where the checkpoint left them; nothing at a first start."""
        if self._random is not None:
            set_random_state(self._random)


def _load(optimizer: Any, own: dict[str, Any], checkpoint: Checkpoint) -> None:
    """Take an optimizer's tensors from a checkpoint; its settings stay those of the config."""
    settings = [
        {key: value for key, value in group.items() if key != "params"}
        for group in optimizer.param_groups
    ]
    try:
        optimizer.load_state_dict(own)
    except (ValueError, KeyError) as error:
        raise ConfigError(
            f"{checkpoint.folder} was written with another optimizer: {error}"
        ) from error
    for group, kept in zip(optimizer.param_groups, settings, strict=True):
        group.update(kept)
