"""What flows through a model in a step: what goes in, comes out, is attended to and is compared."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.layers.attention_calls import AttentionCalls
from neural_trainer.layers.columns import closest_column
from neural_trainer.layers.loss_calls import LossCalls
from neural_trainer.layers.passes import Passes
from neural_trainer.layers.sequences import padding_share, target_offset


class Flow:
    """Watches the passes of a model, its attention and torch's losses until it is released.

    Beside what each tells by itself, of models of sequences: target_offset, how many elements later
    than the inputs the targets are; future_seen, the share of positions that see the very next one,
    where that is what they are asked for; padding_scored, the share of targets that are padding and
    count. Of tables: column_near_target, the closest correlation of a column with the target.
    """

    def __init__(self, model: nn.Module, on_error: Callable[[str, Exception], None]) -> None:
        self._passes = Passes(model, partial(on_error, "passes of the model"))
        self._losses = LossCalls(partial(on_error, "calls of the loss"))
        self._attention = AttentionCalls(partial(on_error, "calls of attention"))
        self._on_error = on_error

    @property
    def on(self) -> bool:
        """Whether the step under way is looked at, beyond what is told of each."""
        return self._passes.on

    @on.setter
    def on(self, looks: bool) -> None:
        self._passes.on = self._losses.on = self._attention.on = looks

    def take(self) -> dict[str, Any]:
        """Return what was seen since the last call, numbers on the model's device; forget it."""
        given, asked = self._passes.take_inputs(), self._losses.take_targets()
        ahead, passes = self._attention.take(), self._passes.count
        found = {**self._passes.take(), **self._losses.take(passes)}
        try:
            if given is not None and asked is not None and given.device == asked[0].device:
                found.update(_side_by_side(given, *asked, ahead))
        except Exception as error:  # a fault of ours must not end the training
            self.release()
            self._on_error("what a model is asked for", error)
        return found

    def evaluated(self) -> dict[str, float]:
        """Return what was seen of the evaluation that has just been made."""
        told = {
            "scored_with_dropout": self._passes.evaluation_mode(),
            "scored_trained_on": self._passes.trained_on(),
        }
        apart = self._passes.apart()
        if apart is not None:
            told["scored_scale"], told["scored_offset"] = apart
        return {name: value for name, value in told.items() if value is not None}

    def release(self) -> None:
        """Take all hooks away: nothing is seen any more."""
        for part in (self._passes, self._losses, self._attention):
            part.release()


@torch.no_grad()
def _side_by_side(
    given: Tensor, targets: Tensor, ignored: int | None, ahead: Tensor | None
) -> dict[str, Any]:
    """Return what inputs and targets tell together. ahead: how many positions see the next one."""
    found: dict[str, Any] = {}
    offset = target_offset(given, targets)
    if offset is not None:
        if ahead is not None:
            found["future_seen"] = ahead.to(offset.device) * (offset == 1)
        if not given.is_floating_point():  # what is given may well be what is to be restored
            found["target_offset"] = offset
    is_whole = not (given.is_floating_point() or targets.is_floating_point())
    if ignored is not None and is_whole:
        share = padding_share(given, targets, ignored)
        if share is not None:
            found["padding_scored"] = share
    closest = closest_column(given, targets)
    if closest is not None:
        found["column_near_target"] = closest
    return found
