"""Do two runs with one seed give the same numbers, to the last bit?"""

from __future__ import annotations

import torch

from neural_trainer.inspect.checks.outcome import Failed, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, take_step

ID = "repeatable"
STEPS = 3


def check(subject: Subject) -> Outcome:
    """Take the same steps on two copies and compare losses and weights."""
    losses, weights = [], []
    for _ in range(2):
        model, optimizers = subject.copy()
        seed()
        losses.append([
            take_step(subject, model, optimizers, subject.batches[step % len(subject.batches)])
            for step in range(STEPS)
        ])  # fmt: skip
        weights.append(dict(model.state_dict()))
    one, other = losses
    same = [
        name
        for name, tensor in weights[0].items()
        if not isinstance(tensor, torch.Tensor) or torch.equal(tensor, weights[1][name])
    ]
    if one == other and len(same) == len(weights[0]):
        return Passed(f"{STEPS} steps twice: losses and {len(same)} tensors agree to the last bit")
    step = next((i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), STEPS)
    told = (
        f"the losses differ from step {step + 1} on ({one[step]:.9g}, {other[step]:.9g})"
        if step < STEPS
        else f"the losses agree, {len(weights[0]) - len(same)} tensors of the weights do not"
    )
    return Failed(
        f"two runs with one seed: {told}", "seed-noise",
        "look for a generator of its own, time or order in the model or loss; "
        "torch.use_deterministic_algorithms(True) names kernels",
    )  # fmt: skip
