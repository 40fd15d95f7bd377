"""What turns NaN or infinite first, in ten steps: batch, module, loss, gradient or weight?

The order tells apart what a log shows as the same NaN: a batch that holds it; a module that makes
it of finite inputs, in float16 by going over 65,504; a loss that makes it of finite outputs, as the
log of zero does; a gradient that does so of a finite loss, as the root of zero does; or steps that
are too large, where the largest weight had grown GROWN times before. A module's output counts where
the loss is not finite in the end: logits of -inf may be meant. The steps are those of the case's
own optimizer, on a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.inspect.checks.outcome import Failed, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject
from neural_trainer.layers.batches import tensors

ID = "finite-order"
STEPS = 10
GROWN = 100.0

_DO = {
    "bad-batch": "mend or drop that batch's samples, and look at what makes them",
    "fp16-overflow": "train in bfloat16, or keep that module in float32 under autocast",
    "log-of-zero": "look at logarithms, divisions and roots there; give losses the logits",
    "lr-too-high": "lower the learning rate, or clip the gradient norm",
}


def check(subject: Subject) -> Outcome:
    """Take steps and look at everything in the order in which it comes to be."""
    model, optimizers = subject.copy()
    began = _largest(model)
    with _outputs(model) as seen:
        for step in range(1, STEPS + 1):
            batch = subject.batches[(step - 1) % len(subject.batches)]
            seen.bad = None
            before = _largest(model)
            fault = _of_step(subject, model, optimizers, batch, seen)
            if fault is None:
                continue
            where, cause = fault
            if cause == "log-of-zero" and before > GROWN * began:
                where += f", after the largest weight had grown from {began:.3g} to {before:.3g}"
                cause = "lr-too-high"
            return Failed(f"{where}, in step {step}", cause, _DO[cause], {"step": float(step)})
    return Passed(f"all is finite in {STEPS} steps: batches, loss, gradients and weights")


def _of_step(
    subject: Subject, model: nn.Module, optimizers: Sequence[Any], batch: Any, seen: _Seen
) -> tuple[str, str] | None:
    """Take a step; return what was not finite first and the cause that makes it so."""
    for name, value in tensors(batch):
        if not _finite(value):
            return f"the batch's {name or 'tensor'} is not finite before the model", "bad-batch"
    for optimizer in optimizers:
        optimizer.zero_grad(set_to_none=True)
    loss = subject.loss(model, batch)
    made_here = "fp16-overflow" if seen.half else "log-of-zero"
    if not _finite(loss):
        if seen.bad is None:
            return "the loss is not finite, though every module's output is", "log-of-zero"
        return f"the output of {seen.bad} is the first that is not finite", made_here
    loss.backward()
    for name, parameter in model.named_parameters():
        if parameter.grad is not None and not _finite(parameter.grad):
            return f"the gradient of {name} is not finite, though the loss is", made_here
    for optimizer in optimizers:
        optimizer.step()
    for name, parameter in model.named_parameters():
        if not _finite(parameter):
            return f"{name} is not finite after the step, though its gradient is", "lr-too-high"
    return None


@dataclass
class _Seen:
    """bad: the first module whose output is not finite. half: an output of float16 was seen."""

    bad: str | None = None
    half: bool = False


@contextmanager
def _outputs(model: nn.Module) -> Iterator[_Seen]:
    """Yield what is noted of the outputs of modules within the block."""
    seen = _Seen()

    def note(name: str, output: Any) -> None:
        for _, value in tensors(output):
            seen.half = seen.half or value.dtype == torch.float16
            if seen.bad is None and not _finite(value):
                seen.bad = f"{name or 'the model'} ({str(value.dtype).removeprefix('torch.')})"

    handles = [
        module.register_forward_hook(lambda _module, _inputs, output, name=name: note(name, output))
        for name, module in model.named_modules()
    ]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _largest(model: nn.Module) -> float:
    return max((float(p.detach().abs().max()) for p in model.parameters() if p.numel()), default=0)


def _finite(value: Tensor) -> bool:
    return not value.is_floating_point() or bool(value.detach().isfinite().all())
