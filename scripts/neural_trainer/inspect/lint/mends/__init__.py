"""The certain fixes: one file each, for what only one edit can mean.

A module has `mend(source, spot, layout) -> str | None`: the whole text with what
stands at `spot` mended, None where the edit would not be certain.
"""

from __future__ import annotations

from typing import Protocol

from neural_trainer.inspect.lint.finding import Spot
from neural_trainer.inspect.lint.layout import Layout
from neural_trainer.inspect.lint.mends import (
    amp_of_any_device,
    clear_before_backward,
    detach_what_is_kept,
    drop_activation,
    log_softmax_in_one,
    step_scheduler_last,
    unscale_before_clip,
    update_scaler,
)
from neural_trainer.inspect.lint.source import Source

__all__ = ["MENDS", "Mend"]


class Mend(Protocol):
    """A module of this package that mends what one rule, or two alike, find."""

    def mend(self, source: Source, spot: Spot, layout: Layout) -> str | None:
        """Return the text of the file with this one mended, None where no edit is certain."""


MENDS: dict[str, Mend] = {
    "deprecated-cuda-amp": amp_of_any_device,
    "softmax-before-cross-entropy": drop_activation,
    "sigmoid-before-bce-with-logits": drop_activation,
    "log-of-softmax": log_softmax_in_one,
    "zero-grad-missing": clear_before_backward,
    "zero-grad-before-step": clear_before_backward,
    "scheduler-before-optimizer": step_scheduler_last,
    "loss-kept-with-graph": detach_what_is_kept,
    "clip-before-unscale": unscale_before_clip,
    "grad-scaler-incomplete": update_scaler,
}
