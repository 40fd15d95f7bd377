"""Is the first loss what guessing costs?

Of a cross-entropy over K classes that is ln K, of a binary one ln 2; of a squared or absolute error
that of the better of two constants, zero and the mean of the targets. Failed from three times that
on, as the symptom first-loss-high has it. Less is no fault: a model may know something already.
"""

from __future__ import annotations

import math

import torch

from neural_trainer.inspect.checks.observing import BINARY, CLASSES, LossCall
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.symptoms.first_loss_high import TIMES

ID = "first-loss"


def check(subject: Subject) -> Outcome:
    """Compare the last call of a loss with that of a guess."""
    seen = subject.seen
    if not seen.calls or not isinstance(seen.loss, torch.Tensor):
        return NotCheckable("loss_fn calls no loss of torch.nn.functional")
    call = seen.calls[-1]
    found, guess, what = _compared(call)
    if not math.isfinite(found) or not guess > 0:
        return NotCheckable(f"{call.name} is {found:.4g}, a guess {guess:.4g}")
    numbers = {"loss": found, "guess": guess, "times": found / guess}
    told = f"{call.name} is {found:.4g} at first, a guess costs {guess:.4g} ({what})"
    summed = call.options.get("reduction") == "sum"
    if summed:
        told += ", both as a mean: this loss is a sum, so that gradients grow with the batch"
    if found < TIMES * guess:
        return Passed(told, numbers)
    return Failed(
        f"{told}: {found / guess:.1f} times as much", "bad-initialisation",
        "make the last layer's weights smaller (the first outputs near zero), and bring inputs "
        "and targets to a scale of one", numbers,
    )  # fmt: skip


def _compared(call: LossCall) -> tuple[float, float, str]:
    """Return the mean loss of a call, what a guess costs, and which guess that is."""
    options = {**call.options, "reduction": "mean"}
    for old in ("size_average", "reduce"):
        options.pop(old, None)
    loss = getattr(torch.nn.functional, call.name)
    with torch.no_grad():
        found = float(loss(call.input.detach(), call.target, **options))
        if call.name in CLASSES:
            num_classes = call.input.shape[1] if call.input.ndim > 1 else call.input.shape[0]
            return found, math.log(num_classes), f"ln {num_classes}"
        if call.name in BINARY:
            weight = options.get("pos_weight")
            factor = 1.0 if weight is None else max(1.0, float(weight.mean()))
            return found, math.log(2) * factor, "ln 2"
        target = call.target.float()
        constants = (torch.zeros_like(target), target.mean().expand_as(target))
        costs = [float(loss(constant, target, **options)) for constant in constants]
    return found, max(min(costs), 1e-12), "zero" if costs[0] <= costs[1] else "their mean"
