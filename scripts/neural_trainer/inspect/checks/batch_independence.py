"""Does the output of a sample depend on its own input alone?

In evaluation mode the first sample's output must stay the same while the others are replaced. In
training mode batch norm makes it depend on them, and that is said, not failed.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed, without_dropout
from neural_trainer.layers.batches import mapped, num_samples

ID = "batch-independence"
ROUNDING = 1e-4  # of the size of the outputs


def check(subject: Subject) -> Outcome:
    """Replace all samples but the first by the second, then by the last."""
    batch, count = subject.batch, num_samples(subject.batch) or 0
    if count < 3:
        return NotCheckable(f"a batch holds {count} samples; expected at least 3")
    model = without_dropout(subject.model())
    changes = [_change(subject, model.eval(), batch, other) for other in (1, count - 1)]
    known = [change for change in changes if change is not None]
    if not known:
        return NotCheckable("the model's output is not laid out by samples")
    worst = max(known)
    if worst > ROUNDING:
        return Failed(
            f"in evaluation mode the first sample's output changes by {worst:.3g} of its size with "
            f"the other {count - 1} samples of the batch", _cause(model),
            "normalise over features or with running statistics; keep the batch the first "
            "dimension through every view and reshape", {"change": worst},
        )  # fmt: skip
    while_training = max(
        _change(subject, model.train(), batch, other) or 0.0 for other in (1, count - 1)
    )
    said = ""
    if while_training > ROUNDING:
        has_norm = any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in model.modules())
        why = "as batch norm has it" if has_norm else "though it has no batch norm"
        said = f"; in training mode by {while_training:.3g}, {why}"
    return Passed(
        f"the first sample's output changes by {worst:.1g} with the other {count - 1}{said}",
        {"change": worst, "change_in_training": while_training},
    )  # fmt: skip


def _change(subject: Subject, model: nn.Module, batch: Any, other: int) -> float | None:
    """Return how far the first sample's output moves when the others are replaced by `other`."""
    count = num_samples(batch) or 0
    index = torch.full((count,), other)
    index[0] = 0

    def replaced(tensor: Any) -> Any:
        has_samples = isinstance(tensor, Tensor) and tensor.ndim and len(tensor) == count
        return tensor[index.to(tensor.device)] if has_samples else tensor

    outputs = []
    for given in (batch, mapped(batch, replaced)):
        seed()
        outputs.append(subject.output(model, given))
    before, after = outputs
    if before is None or after is None or not before.ndim or len(before) % count:
        return None
    first = len(before) // count
    size = float(before.detach().double().abs().max()) or 1.0
    return float((before[:first].double() - after[:first].double()).abs().max()) / size


def _cause(model: nn.Module) -> str | None:
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    is_own = any(not norm.track_running_stats for norm in norms)
    return "train-mode-while-evaluating" if is_own else "data-leakage"
