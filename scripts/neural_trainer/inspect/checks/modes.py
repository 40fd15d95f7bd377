"""Do the modes differ in dropout and norms alone, and is evaluation repeatable?"""

from __future__ import annotations

import torch
from torch import nn

from neural_trainer.inspect.checks.observing import Observed, main_output
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed

ID = "modes"
ROUNDING = 1e-4  # of the size of the outputs


def check(subject: Subject) -> Outcome:
    """Compare two passes in evaluation mode, then one in training mode."""
    model = subject.model().eval()
    first, again = (_pass(subject, model, number) for number in (1, 2))
    apart = _apart(first, again)
    if apart is None:
        return NotCheckable("loss_fn does not call the model itself, or its output is no tensor")
    if apart > ROUNDING or first.drawn & _BY_MODE:
        found = ", ".join(sorted(first.drawn)) or "something"
        return Failed(
            f"in evaluation mode {found} still acts: two passes differ by {apart:.3g} of the "
            f"outputs", "train-mode-while-evaluating",
            "pass training=self.training to functional dropout; see that the model's train() and "
            "eval() reach every part", {"apart": apart},
        )  # fmt: skip
    training = _pass(subject, model.train(), 1)
    between = _apart(first, training)
    if between is None or between <= ROUNDING:
        return Passed("evaluation is repeatable; training mode gives the same outputs")
    why = ", ".join(sorted(training.drawn))
    if training.drawn or _decides(model):
        told = f"training mode differs by {between:.3g}: {why or 'a dropout or norm of its own'}"
        return Passed(f"evaluation is repeatable; {told}", {"between": between})
    return Failed(
        f"training and evaluation mode differ by {between:.3g} of the outputs, and neither "
        f"dropout, nor a norm, nor chance does it", "train-val-mismatch",
        "have forward return the same in both modes (logits): what the loss is given in "
        "evaluation is another thing", {"between": between},
    )  # fmt: skip


_BY_MODE = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "rrelu",
            "feature_alpha_dropout", "scaled_dot_product_attention"}  # fmt: skip


def _pass(subject: Subject, model: nn.Module, number: int) -> Observed:
    seed(number)
    return subject.observed(model, subject.batch)


def _apart(one: Observed, other: Observed) -> float | None:
    a, b = main_output(one.output), main_output(other.output)
    if a is None or b is None:
        return None
    if a.shape != b.shape:
        return 1.0
    size = float(a.double().abs().max()) or 1.0
    return float(torch.nan_to_num(a.double() - b.double()).abs().max()) / size


def _decides(model: nn.Module) -> bool:
    """Tell whether a recurrent layer drops units inside: no call of ours sees it."""
    return any(isinstance(m, nn.RNNBase) and m.dropout > 0 for m in model.modules())
