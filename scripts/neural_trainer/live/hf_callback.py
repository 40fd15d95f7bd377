"""The Monitor as a callback of the Hugging Face Trainer.

It derives from transformers' class, and so is imported by those alone who have transformers:
`from neural_trainer.live.hf_callback import NeuralTrainerCallback`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from neural_trainer.live.monitor import RESERVED, Monitor
from neural_trainer.live.run_folder import free_folder, holds_run, last_folder
from neural_trainer.live.step_loss import StepLoss

# What the Trainer logs of the training itself: the Monitor has it of each step, from the source.
_OWN = {"loss", "grad_norm", "learning_rate", "epoch"}
# Of a whole training or evaluation, not of a step.
_TOTALS = (
    "runtime",
    "samples_per_second",
    "steps_per_second",
    "total_flos",
    "jit_compilation_time",
)


class NeuralTrainerCallback(TrainerCallback):  # type: ignore[misc]  # untyped without transformers
    """Records each optimizer step of a Trainer in a run folder, and judges the run as it goes.

    >>> trainer = Trainer(..., callbacks=[NeuralTrainerCallback("runs/a")])  # doctest: +SKIP

    The loss is that of each step, whatever `logging_steps` is. Under `resume_from_checkpoint` the
    run in the folder is gone on with, from the step of the checkpoint.
    """

    def __init__(self, folder: str | Path | None = None, **options: Any) -> None:
        """Take the folder and what Monitor takes besides: tensorboard, wandb, sinks, every …

        Without a folder it is runs/NAME after the Trainer's run_name or output_dir, or the first
        of NAME-2, NAME-3 … that holds no run.
        """
        self.folder = None if folder is None else Path(folder)
        self.monitor: Monitor | None = None
        self._options = options
        self._losses: StepLoss | None = None
        self._awaits_loss = False

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Make the Monitor. Raises RunRefused where the folder holds a run and none is resumed."""
        self._close()  # a training before this one may have failed without a word
        is_resumed = state.global_step > 0
        folder = self.folder or _default_folder(args, is_resumed)
        options = {"config": _config(args, given.get("model")), **self._options}
        self.monitor = Monitor(
            folder, given.get("model"), given.get("optimizer"),
            resume=is_resumed and holds_run(folder), **options,
        )  # fmt: skip
        self._losses = StepLoss()

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Record the step; with the loss that the Trainer logs, where it did not come by."""
        if self._losses is not None:
            loss = self._losses.take()
            self._awaits_loss = loss is None and control.should_log
            if loss is not None:
                self._step(loss, args, state)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """Record what the Trainer logs beyond the loss, such as the rewards of TRL's trainers."""
        numbers = _numbers(logs or {})
        if self._awaits_loss and "loss" in numbers:
            self._awaits_loss = False
            self._step(numbers["loss"], args, state)
        left = {
            name: value
            for name, value in numbers.items()
            if name not in _OWN and not name.startswith(("eval_", "train_"))
        }
        if self.monitor is not None and left:
            self.monitor.log(state.global_step, **left)

    def on_evaluate(
        self,
        args: Any,
        state: Any,
        control: Any,
        metrics: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> None:
        """Record held-out metrics: eval_loss becomes eval/loss."""
        numbers = {
            name.removeprefix("eval_"): value
            for name, value in _numbers(metrics or {}).items()
            if name != "epoch"
        }
        if self.monitor is not None and numbers:
            self.monitor.evaluate(**numbers)

    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Close the Monitor."""
        self._close()

    def _step(self, loss: Any, args: Any, state: Any) -> None:
        """Record one step; samples: of a full batch, which the last of an epoch may not be."""
        if self.monitor is None:
            return
        batch = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        self.monitor.step_number = state.global_step - 1
        self.monitor.step(loss, samples=batch, epoch=state.epoch or 0.0)

    def _close(self) -> None:
        if self._losses is not None:
            self._losses.release()
            self._losses = None
        if self.monitor is not None:
            self.monitor.close()
            self.monitor = None


def _default_folder(args: Any, is_resumed: bool) -> Path:
    """Return the folder for a run, the same one in every process of a distributed run."""
    name = Path(args.run_name or args.output_dir or "run").name
    choose = last_folder if is_resumed else free_folder
    if args.world_size == 1:
        return choose(Path("runs"), name)
    torch: Any = sys.modules["torch"]
    chosen = [str(choose(Path("runs"), name)) if args.process_index == 0 else ""]
    torch.distributed.broadcast_object_list(chosen, src=0)
    return Path(chosen[0])


def _config(args: Any, model: Any) -> dict[str, Any]:
    config = {"training": args.to_dict()}
    described: Any = getattr(model, "config", None)
    if hasattr(described, "to_dict"):
        config["model"] = described.to_dict()
    return config


def _numbers(logs: Mapping[str, Any]) -> dict[str, float]:
    """Return the metrics among what is logged, without totals."""
    return {
        name: value
        for name, value in logs.items()
        if isinstance(value, (int, float)) and not name.endswith(_TOTALS) and name not in RESERVED
    }
