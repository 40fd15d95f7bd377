"""All that the next step of a training depends on: to make, to keep in a checkpoint, to restore."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from neural_trainer.errors import ConfigError, NeuralTrainerError
from neural_trainer.layers.case import Case
from neural_trainer.training.checkpoint import (
    SHARDS_FOLDER,
    Checkpoint,
    load_state,
    load_weights,
    rotate,
    whole_weights,
    write_checkpoint,
)
from neural_trainer.training.config import TrainConfig
from neural_trainer.training.config_file import config_tree
from neural_trainer.training.ema import Ema
from neural_trainer.training.evaluation import Best
from neural_trainer.training.optimizers import optimizers_of
from neural_trainer.training.parallel import share_buffers, spread, way_of
from neural_trainer.training.passes import Passes
from neural_trainer.training.random_state import random_state, seed_all, set_random_state
from neural_trainer.training.sharded_checkpoint import (
    place_whole,
    placed_average,
    read_shards,
    tensors_of,
    write_sharded_checkpoint,
)
from neural_trainer.training.sharing import RANK_STEP, pass_of_shares, refuse_uneven
from neural_trainer.training.skips import Skips
from neural_trainer.training.update import make_scaler
from neural_trainer.training.world import World


class TrainingState:
    """A case with its optimizers, and where its training is.

    model: what computes the loss, the case's own or what spreads it over the processes of `world`.
    step: steps done. taken: those among them by which the schedule goes: not those that fp16 skips.
    """

    def __init__(
        self, config: TrainConfig, case: Case, device: Any, world: World | None = None
    ) -> None:
        """Start from nothing. Raises ConfigError, MissingPackage."""
        self.config, self.case, self.world = config, case, world or World()
        if config.case is None:
            refuse_uneven(config.training.batch_size, self.world, "training.batch_size")
        self.way = way_of(config, self.world)
        self.model = spread(case.model, self.way, self.world)
        self.optimizers = optimizers_of(case, config)
        self.peaks = [[group["lr"] for group in o.param_groups] for o in self.optimizers]
        self.scaler = make_scaler(config.training.precision, device)
        decay = config.training.ema_decay
        self.ema = Ema(case.model, decay) if decay is not None else None
        shares = pass_of_shares(case.train_batches, self.world, "train_batches")
        self.passes = Passes(case.train_batches, shares)
        self.held_out: Callable[[], Any] | None = None
        if case.eval_batches is not None:
            self.held_out = pass_of_shares(case.eval_batches, self.world, "eval_batches")
        self.step, self.taken, self.best, self.skips = 0, 0, Best(), Skips()
        self._random: list[dict[str, Any]] = []  # by rank
        self.must_stop: Callable[[], bool] = lambda: False
        self.has_stepped = False  # since this process began
        self.stops = False  # whether a rank had been told to stop when this step began

    def set_lr(self, factor: float) -> None:
        """Have every group of parameters learn at this share of its peak."""
        for optimizer, peaks in zip(self.optimizers, self.peaks, strict=True):
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * factor

    def save(self, folder: Path, eval_loss: float | None) -> None:
        """Write a checkpoint of the run in `folder`; remove those that are no longer kept.

        Every rank has to: of a model that each holds whole rank 0 writes it alone. Raises
        NeuralTrainerError where the weights are not finite: it would push out good ones.
        """
        model = self.case.model
        broken = [name for name, p in model.named_parameters() if not bool(p.isfinite().all())]
        if broken:
            raise NeuralTrainerError(
                f"step {self.step}: {broken[0]} and {len(broken) - 1} other weights are NaN or "
                f"infinite, so the training ends here and the last whole checkpoint is kept; see: "
                f"neural-trainer diagnose {folder}"
            )
        share_buffers(model, self.world)
        of_ranks = self.world.gathered(random_state())
        state = {
            "taken": self.taken,
            "skips": self.skips.state(),
            "best": (self.best.step, self.best.loss, self.best.since),
            "scaler": self.scaler.state_dict() if self.scaler is not None else None,
            "passes": self.passes.state(),
            "random": of_ranks[0],
            "random_of_others": of_ranks[1:],
        }
        average = self.ema.weights if self.ema is not None else None
        tree = config_tree(self.config)
        if self.way == "fsdp":
            tensors = tensors_of(model, self.optimizers, average)
            write_sharded_checkpoint(self.world, folder, self.step, tree, tensors, state, eval_loss)
        elif self.world.rank == 0:
            state["optimizers"] = [optimizer.state_dict() for optimizer in self.optimizers]
            write_checkpoint(folder, self.step, tree, model, state, average, eval_loss)
        kept = self.config.checkpoint
        if self.world.rank == 0:
            rotate(folder, kept.keep, self.best.step if kept.best else None)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go to where a checkpoint was written. Raises ConfigError where it is of another case."""
        state, average = load_state(checkpoint)
        if (checkpoint.folder / SHARDS_FOLDER).exists():
            held = self.ema.weights if self.ema is not None else None
            read_shards(checkpoint, self.case.model, self.optimizers, held)
        else:
            self._restore_whole(checkpoint, state["optimizers"], average)
        if self.scaler is not None and state["scaler"] is not None:
            self.scaler.load_state_dict(state["scaler"])
        self.step, self.taken, self.best = checkpoint.step, state["taken"], Best(*state["best"])
        self.skips.restore(state.get("skips", (0, 0)))  # of a checkpoint that has none
        self.passes.restore(state["passes"])
        self._random = [state["random"], *state.get("random_of_others", ())]

    def _restore_whole(
        self, checkpoint: Checkpoint, states: list[Any], average: dict[str, Any] | None
    ) -> None:
        """Take what one process or DDP has written."""
        if len(states) != len(self.optimizers):
            raise ConfigError(f"{checkpoint.folder} was written with other optimizers")
        if self.way == "fsdp":
            weights = whole_weights(checkpoint, self.case.model)
            states = place_whole(weights, self.case.model, self.optimizers, states)
        else:
            load_weights(checkpoint, self.case.model)
        for optimizer, own in zip(self.optimizers, states, strict=True):
            _load(optimizer, own, checkpoint)
        if self.ema is not None and average is not None:
            self.ema.restore(placed_average(average, self.ema.weights))

    def go_on(self) -> None:
        """Put the random generators where the checkpoint left them.

        At a first start each rank but 0 goes on from a seed of its own, as does a rank that the
        training before the checkpoint did not have.
        """
        rank = self.world.rank
        if rank < len(self._random):
            set_random_state(self._random[rank])
        elif rank:
            seed_all(self.config.training.seed + RANK_STEP * rank + self.step)


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
