"""The held-out loss, its best so far, and when to wait no longer for a better one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from neural_trainer.errors import ConfigError
from neural_trainer.layers.batches import check_finite, num_terms, on_device, with_targets
from neural_trainer.layers.case import Case
from neural_trainer.training.random_state import undisturbed
from neural_trainer.training.sharing import counted
from neural_trainer.training.world import World


@dataclass(frozen=True)
class Best:
    """The lowest held-out loss so far. since: evaluations that came after it."""

    step: int | None = None
    loss: float = math.inf
    since: int = 0

    def after(self, step: int, loss: float) -> Best:
        """Return the best once `loss` was found at `step`; a NaN is none."""
        if loss < self.loss:
            return Best(step, loss)
        return replace(self, since=self.since + 1)


def evaluation_loss(
    case: Case, model: Any, held_out: Callable[[], Iterator[Any]], device: Any,
    context: Callable[[], Any], world: World,
) -> float:  # fmt: skip
    """Return the mean loss over all terms of the evaluation batches, in evaluation mode.

    held_out: begins a pass over this rank's share of them; the loss is that of all, and alike on
    every rank. context: makes the autocast. The random generators are left as they were. Raises
    ConfigError where there is no batch.
    """
    import torch

    count = case.num_terms or num_terms
    total, terms = 0.0, 0.0
    model.eval()
    try:
        with torch.no_grad(), undisturbed():
            for number, share in enumerate(held_out()):
                batch, its_terms, _ = counted(share, count)
                check_finite(batch, f"held-out batch {number}")
                if its_terms == 0:
                    batch = with_targets(batch)
                with context():
                    loss = case.loss_fn(model, on_device(batch, device))
                total += float(loss) * its_terms
                terms += its_terms
    finally:
        model.train()
    total, terms = world.summed(total, terms)
    if terms == 0:
        raise ConfigError("eval_batches yielded nothing; expected a re-iterable with batches")
    return total / terms
