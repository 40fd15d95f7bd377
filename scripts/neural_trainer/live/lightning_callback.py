"""The Monitor as a callback of Lightning's Trainer.

It derives from Lightning's class, and so is imported by those alone who have lightning:
`from neural_trainer.live.lightning_callback import NeuralTrainerCallback`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback

from neural_trainer.live.monitor import Monitor
from neural_trainer.live.run_folder import free_folder, holds_run, last_folder

_HELD_OUT = re.compile(r"(?:val|valid|validation|eval|dev)[/_.-](.+)", re.IGNORECASE)


class NeuralTrainerCallback(Callback):  # type: ignore[misc]  # untyped without lightning
    """Records each optimizer step of a Trainer in a run folder, and judges the run as it goes.

    >>> trainer = Trainer(callbacks=[NeuralTrainerCallback("runs/a")])  # doctest: +SKIP

    The loss of a step is the mean over the batches that were accumulated. Where a module optimizes
    by hand, it is what training_step returns as "loss" or logs under a name of it. Under
    `ckpt_path` the run in the folder is gone on with, from the step of the checkpoint.
    """

    def __init__(self, folder: str | Path | None = None, **options: Any) -> None:
        """Take the folder and what Monitor takes besides: tensorboard, wandb, sinks, every …

        Without a folder it is runs/NAME after the module's class, or the first of NAME-2, NAME-3 …
        that holds no run.
        """
        self.folder = None if folder is None else Path(folder)
        self.monitor: Monitor | None = None
        self._options = options
        self._losses: list[Any] = []
        self._samples = 0
        self._steps_seen = 0

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Make the Monitor. Raises RunRefused where the folder holds a run and none is resumed."""
        self._steps_seen = trainer.global_step
        self._losses, self._samples = [], 0
        folder = self.folder or self._default_folder(trainer, pl_module)
        options = {"config": _config(trainer, pl_module), **self._options}
        self.monitor = Monitor(
            folder, pl_module, list(trainer.optimizers),
            resume=trainer.global_step > 0 and holds_run(folder), **options,
        )  # fmt: skip

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Record the step that this batch completed, where it did."""
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if loss is not None:
            # Lightning has divided it; on its own it does not where the module optimizes by hand.
            share = trainer.accumulate_grad_batches if pl_module.automatic_optimization else 1
            self._losses.append(loss.detach() * share)
        self._samples += _num_samples(batch) or 0
        if self.monitor is None or trainer.global_step == self._steps_seen:
            return
        self._steps_seen = trainer.global_step
        if self._losses:
            mean = sum(self._losses[1:], self._losses[0]) / len(self._losses)
        else:
            mean = _logged_loss(trainer.callback_metrics)
        samples = self._samples * trainer.world_size or None
        self._losses, self._samples = [], 0
        if mean is not None:
            self.monitor.step_number = trainer.global_step - 1
            self.monitor.step(mean, samples=samples, epoch=float(trainer.current_epoch))

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Record what was logged of validation data: val_loss becomes eval/loss."""
        if self.monitor is None or trainer.sanity_checking:
            return
        found = {name: _HELD_OUT.fullmatch(name) for name in trainer.callback_metrics}
        metrics = {
            match[1]: trainer.callback_metrics[name] for name, match in found.items() if match
        }
        if metrics:
            self.monitor.step_number = trainer.global_step
            self.monitor.evaluate(**metrics)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Close the Monitor."""
        if self.monitor is not None:
            self.monitor.close()
            self.monitor = None

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Close the Monitor and leave in summary.json what ended the run."""
        if self.monitor is not None:
            self.monitor.__exit__(type(exception), exception, exception.__traceback__)
            self.monitor = None

    def _default_folder(self, trainer: Any, pl_module: Any) -> Path:
        """Return the folder for a run, the same one in every process of a distributed run."""
        choose = last_folder if trainer.global_step > 0 else free_folder
        chosen = choose(Path("runs"), type(pl_module).__name__.lower())
        return Path(trainer.strategy.broadcast(str(chosen)))


def _config(trainer: Any, pl_module: Any) -> dict[str, Any]:
    names = ("max_epochs", "max_steps", "accumulate_grad_batches", "gradient_clip_val", "precision")
    return {
        "trainer": {name: getattr(trainer, name) for name in names},
        **dict(pl_module.hparams),
    }


def _logged_loss(metrics: Mapping[str, Any]) -> Any:
    """Return what a module that optimizes by hand logged as its loss; None where it did not."""
    for name in ("loss", "train_loss", "train/loss", "train_loss_step", "loss_step"):
        if name in metrics:
            return metrics[name]
    return None


def _num_samples(batch: Any) -> int | None:
    """Return the length of the first tensor in a batch; None where it holds none."""
    if hasattr(batch, "shape"):
        return int(batch.shape[0]) if len(batch.shape) else None
    parts = batch.values() if isinstance(batch, Mapping) else batch
    if isinstance(batch, (Mapping, list, tuple)):
        return next((n for part in parts if (n := _num_samples(part)) is not None), None)
    return None
