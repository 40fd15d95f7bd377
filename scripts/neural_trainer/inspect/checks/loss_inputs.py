"""Is the loss given what it takes: logits, not probabilities, and targets of the same shape?"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from neural_trainer.inspect.checks.observing import BINARY, CLASSES, NUMBERS, LossCall
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject

ID = "loss-inputs"
SUMS = 1e-3  # of probabilities, in half precision too
_SHAPES = ("View", "UnsafeView", "Squeeze", "Unsqueeze", "Reshape", "Transpose", "Permute",
           "ToCopy", "Select", "Slice", "Clone", "Expand", "T")  # fmt: skip


def check(subject: Subject) -> Outcome:
    """Look at the calls of losses of torch.nn.functional."""
    calls = subject.seen.calls
    if not calls:
        return NotCheckable("loss_fn calls no loss of torch.nn.functional")
    for call in calls:
        fault = _fault(call)
        if fault is not None:
            return fault
    shapes = [f"{call.name} of {tuple(call.input.shape)}" for call in calls]
    return Passed(", ".join(dict.fromkeys(shapes)))


def _fault(call: LossCall) -> Failed | None:
    made_by = _made_by(call.input)
    if call.name == "cross_entropy" and (made_by == "Softmax" or _are_shares(call)):
        return Failed(
            f"what cross_entropy is given sums to 1 over the {call.input.shape[1]} classes: "
            f"probabilities, to which it applies softmax again", "softmax-twice",
            "give it the logits; take softmax out of the model's forward",
        )  # fmt: skip
    if call.name == "nll_loss" and float(call.input.detach().max()) > 0:
        return Failed(
            "nll_loss is given values above 0, which no log of a probability is",
            "log-of-zero", "give it log_softmax of the logits, or cross_entropy the logits",
        )  # fmt: skip
    if call.name == BINARY[0] and made_by == "Sigmoid":
        return Failed(
            f"binary_cross_entropy_with_logits is given {call.input.numel()} outputs of a sigmoid, "
            f"and applies another",
            "softmax-twice", "give it the logits",
        )  # fmt: skip
    return _broadcast(call) if call.name in (*NUMBERS, *BINARY) else None


def _broadcast(call: LossCall) -> Failed | None:
    ours, theirs = tuple(call.input.shape), tuple(call.target.shape)
    if ours == theirs or call.target.numel() == 1:
        return None
    return Failed(
        f"{call.name} is given outputs of shape {ours} and targets of {theirs}: each is compared "
        f"with every other", "target-shape-broadcast",
        "bring both to one shape: outputs.squeeze(-1), or targets.unsqueeze(-1)",
    )  # fmt: skip


def _are_shares(call: LossCall) -> bool:
    """Tell whether the classes' inputs are probabilities: none below 0, each row sums to 1."""
    if call.name not in CLASSES or call.input.ndim < 2 or call.input.shape[1] < 2:
        return False
    values = call.input.detach().float()
    sums = values.sum(1)
    return bool(values.min() >= 0) and bool((sums - 1).abs().max() < SUMS)


def _made_by(tensor: Tensor) -> str:
    """Return the name of the operation that made a tensor, changes of shape aside."""
    node: Any = tensor.grad_fn
    while node is not None:
        name = node.name().partition("Backward")[0].lstrip("_")
        if not name.startswith(_SHAPES):
            return str(name)
        node = node.next_functions[0][0] if node.next_functions else None
    return ""
