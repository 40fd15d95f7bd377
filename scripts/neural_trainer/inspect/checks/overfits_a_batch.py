"""Can one batch be learnt by heart?

Eight samples of the first batch, dropout off, AdamW at two learning rates, with the same draws in
each step. Passed once the loss has halved: a loss may have a floor, but little data leaves it far
from half of the first loss. What cannot do this can learn nothing (Karpathy 2019, A Recipe for
Training Neural Networks).
"""

from __future__ import annotations

import time
from typing import Any

from neural_trainer.inspect.checks.data_look import look_at
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, take_step, without_dropout
from neural_trainer.layers.batches import first_samples, num_samples

ID = "overfits-a-batch"
SAMPLES = 8
STEPS = 200
RATES = (3e-3, 3e-4)
SECONDS = 12.0  # for each rate
HALF = 0.5
TAIL = 0.2  # of the steps: still falling is what these tell


def check(subject: Subject) -> Outcome:
    """Train on a few samples at one rate, then at another if need be."""
    whole = num_samples(subject.batch) or 0
    batch = first_samples(subject.batch, SAMPLES) if whole > SAMPLES else subject.batch
    best: list[float] = []
    cut = False
    for lr in RATES:
        losses, ended = _train(subject, batch, lr)
        if _learnt(losses):
            return Passed(
                f"the loss of {min(whole, SAMPLES) or 1} samples fell from {losses[0]:.4g} to "
                f"{min(losses):.4g} in {len(losses)} steps of AdamW at {lr:g}",
                {"first": losses[0], "last": min(losses), "steps": float(len(losses))},
            )  # fmt: skip
        if not best or min(losses) < min(best):
            best, cut = losses, not ended
    told = f"from {best[0]:.4g} to {min(best):.4g} in {len(best)} steps"
    before = min(best[: max(1, int((1 - TAIL) * len(best)))])
    if cut and min(best) < before:
        return NotCheckable(f"the loss still fell, {told}, when {SECONDS:g} s had passed")
    inputs = look_at([batch]).inputs
    if len(set(inputs)) < len(inputs):
        return NotCheckable(
            f"{len(inputs) - len(set(inputs))} of {len(inputs)} samples have the inputs of "
            f"another, and maybe other targets ({told})"
        )
    return Failed(
        f"one batch is not learnt by heart: {told}, at {' and '.join(f'{lr:g}' for lr in RATES)}",
        None,
        "mend this before anything else: see what other checks found, then whether inputs and "
        "targets belong together and reach the loss",
        {"first": best[0], "last": min(best), "steps": float(len(best))},
    )  # fmt: skip


def _train(subject: Subject, batch: Any, lr: float) -> tuple[list[float], bool]:
    """Return the losses, and whether the steps came to their end within SECONDS."""
    model, optimizers = subject.with_adamw(lr)
    without_dropout(model)
    losses: list[float] = []
    began = time.monotonic()
    for _ in range(STEPS):
        seed()
        losses.append(take_step(subject, model, optimizers, batch))
        if _learnt(losses):
            break
        if time.monotonic() - began > SECONDS:
            return losses, False
    return losses, True


def _learnt(losses: list[float]) -> bool:
    return losses[0] - losses[-1] >= HALF * abs(losses[0]) or abs(losses[0]) < 1e-3
