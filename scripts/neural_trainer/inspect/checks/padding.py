"""Is padding left out of the loss?

Of token batches, targets (batch, length): padding is one number that fills the ends of rows, of
different lengths. Where the loss counts these places, it is a mean over what is easy and no
matter: the loss is split into that of padding and that of the rest.
"""

from __future__ import annotations

import torch
from torch import Tensor

from neural_trainer.inspect.checks.observing import LossCall
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.layers.batches import IGNORED, targets

ID = "padding"
ENDS = 3  # rows that end in the number, the fewest
LONGEST = 2  # places that one of the ends has, at least
INSIDE = 0.01  # share of its occurrences that may lie before the end of a row


def check(subject: Subject) -> Outcome:
    """Find padding in the targets and see whether a cross-entropy counts it."""
    for batch in subject.batches:
        laid = targets(batch)
        pad = None if laid is None or laid.ndim != 2 else _padding(laid)
        if laid is None or pad is None:
            continue
        observed = subject.observed(subject.model(), batch)
        for call in observed.calls:
            if call.name == "cross_entropy" and call.target.numel() in (
                laid.numel(), laid[:, 1:].numel(),
            ):  # fmt: skip
                return _split(call, pad)
        return NotCheckable("no cross_entropy of torch.nn.functional takes these targets")
    return NotCheckable("no targets (batch, length) whose rows end in one number, unequally long")


def _padding(laid: Tensor) -> int | None:
    """Return the number that fills the ends of rows; None where none does.

    >>> _padding(torch.tensor([[5, 1, 0, 0], [2, 3, 7, 0], [4, 0, 0, 0], [1, 2, 3, 4]]))
    0
    """
    values, times = torch.unique(laid[:, -1], return_counts=True)
    pad = int(values[times.argmax()])
    is_pad = laid == pad
    ends = is_pad.flip(1).cumprod(1).sum(1)
    inside = int(is_pad.sum() - ends.sum())
    some = ends[ends > 0]
    if len(some) < ENDS or int(ends.max()) < LONGEST or len(torch.unique(ends)) < 2:
        return None
    return pad if inside <= INSIDE * int(is_pad.sum()) else None


def _split(call: LossCall, pad: int) -> Outcome:
    ignored, weight = int(call.options.get("ignore_index", IGNORED)), call.options.get("weight")
    is_pad = call.target == pad
    share = float(is_pad.float().mean())
    numbers = {"share": share, "pad": float(pad)}
    if pad == ignored or (weight is not None and float(weight[pad]) == 0):
        return Passed(f"{share:.0%} of the targets are {pad}, padding, and left out", numbers)
    with torch.no_grad():
        each = torch.nn.functional.cross_entropy(
            call.input.detach().float(), call.target, reduction="none", ignore_index=ignored
        )
    on, off = float(each[is_pad].mean()), float(each[~is_pad].mean())
    return Failed(
        f"{share:.0%} of the targets are {pad}, which only ends rows, and count: the loss is "
        f"{on:.3g} there and {off:.3g} elsewhere", "padding-not-masked",
        f"leave them out: cross_entropy(…, ignore_index={pad})",
        {**numbers, "loss_on_padding": on, "loss_elsewhere": off},
    )  # fmt: skip
