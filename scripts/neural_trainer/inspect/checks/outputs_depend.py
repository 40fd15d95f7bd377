"""Do the outputs depend on the inputs?

Outputs that are all alike at first are no fault, since a last layer may begin at zero: five steps
of AdamW later they must differ from sample to sample.
"""

from __future__ import annotations

import torch

from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, take_step
from neural_trainer.layers.batches import num_samples

ID = "outputs-depend"
STEPS = 5
ALIKE = 1e-6  # spread over samples against the size of the outputs


def check(subject: Subject) -> Outcome:
    """Compare the outputs of different samples, in evaluation mode."""
    count = num_samples(subject.batch) or 0
    model, optimizers = subject.with_adamw(1e-2)
    spread = _spread(subject, model.eval(), count)
    if spread is None:
        return NotCheckable("the model's output is not laid out by samples, of at least two")
    if spread > ALIKE:
        return _passed(spread, "")
    model.train()
    seed()
    for step in range(STEPS):
        take_step(subject, model, optimizers, subject.batches[step % len(subject.batches)])
    spread = _spread(subject, model.eval(), count) or 0.0
    if spread > ALIKE:
        return _passed(spread, f" after {STEPS} steps (alike at first: a last layer of zeros)")
    return Failed(
        f"the outputs of {count} samples are alike, after {STEPS} steps too", "output-constant",
        "follow ten inputs through the model to the layer where they become alike",
        {"spread": spread},
    )  # fmt: skip


def _passed(spread: float, when: str) -> Passed:
    return Passed(
        f"outputs differ between samples by {spread:.3g} of their size{when}", {"spread": spread}
    )


def _spread(subject: Subject, model: torch.nn.Module, count: int) -> float | None:
    """Return the standard deviation over samples against the size of the outputs."""
    output = subject.output(model, subject.batch)
    if output is None or not output.ndim or count < 2 or len(output) % count:
        return None
    by_sample = output.detach().double().reshape(count, -1)
    size = float(by_sample.square().mean().sqrt())
    return float(by_sample.std(0).square().mean().sqrt()) / size if size > 0 else 0.0
