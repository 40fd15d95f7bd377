"""Are parameters frozen that have learnt nothing yet?

Freezing what is trained already is how models are tuned. A matrix that lies exactly as torch makes
it, evenly within 1 / sqrt(inputs) of zero, has not been: judged are frozen linear and convolution
weights of 256 elements and more, by their largest value and their kurtosis (1.8 if even; the
normal distribution's is 3).
"""

from __future__ import annotations

import math

from torch import Tensor, nn

from neural_trainer.inspect.checks.outcome import Failed, Outcome, Passed, few
from neural_trainer.inspect.checks.subject import Subject

ID = "frozen"
FEWEST = 256
KURTOSIS = (1.7, 1.9)
_MADE_EVEN = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)


def check(subject: Subject) -> Outcome:
    """Look at the parameters that do not ask for a gradient."""
    model = subject.case.model
    named = dict(model.named_parameters())
    frozen = [name for name, parameter in named.items() if not parameter.requires_grad]
    numbers = {"num_frozen": float(len(frozen)), "num_parameters": float(len(named))}
    if named and len(frozen) == len(named):
        return Failed(
            f"all {len(named)} tensors have requires_grad False", "parameters-frozen",
            "requires_grad_(True) for the layers that are to learn", numbers,
        )  # fmt: skip
    untrained = [
        f"{name}.weight" if name else "weight"
        for name, module in model.named_modules()
        if isinstance(module, _MADE_EVEN)
        and not module.weight.requires_grad
        and as_made(module.weight)
    ]
    if untrained:
        return Failed(
            f"{len(untrained)} frozen tensors lie as they were made, at random: {few(untrained)}",
            "parameters-frozen", "load their weights before they are frozen, or let them learn",
            numbers,
        )  # fmt: skip
    told = f"{len(frozen)} of {len(named)} tensors are frozen"
    return Passed(f"{told}, none as torch made it" if frozen else told, numbers)


def as_made(weight: Tensor) -> bool:
    """Tell whether a weight lies as torch initialises linear and convolution layers."""
    values = weight.detach().double().flatten()
    bound = 1 / math.sqrt(weight[0].numel())
    largest = float(values.abs().max())
    if len(values) < FEWEST or not 0.97 * bound < largest <= bound * (1 + 1e-5):
        return False
    centred = values - values.mean()
    kurtosis = float(centred.pow(4).mean() / centred.square().mean().square())
    return KURTOSIS[0] < kurtosis < KURTOSIS[1]
