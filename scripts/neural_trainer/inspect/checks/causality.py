"""Does a model that predicts what comes next see only what came before?

Where the targets are the inputs one place on: the gradient of the outputs at one place with respect
to the inputs after it must be zero, for tokens through the embedding. Other models may look ahead.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from neural_trainer.inspect.checks.observing import Observed, main_output
from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed
from neural_trainer.inspect.checks.subject import Subject, seed
from neural_trainer.layers.batches import IGNORED

ID = "causality"
LEAK = 1e-5  # of the largest gradient with respect to what came before
NEXT = 0.95  # share of targets that are the next input, where the model predicts it


def check(subject: Subject) -> Outcome:
    """Follow outputs at two places back to the inputs."""
    seen = subject.seen
    if seen.args is None:
        return NotCheckable("loss_fn does not call the model itself")
    inputs = _sequence(seen)
    if inputs is None:
        return NotCheckable("no inputs in sequence (batch, length)")
    if not _predicts_next(seen, inputs):
        return NotCheckable("the targets are not the inputs one place on: it may look ahead")
    length = inputs.shape[1]
    model = subject.model().eval()
    worst = 0.0
    for place in sorted({length // 4, length // 2}):
        leak = _leak(model, seen, inputs, place)
        if leak is None:
            return NotCheckable("no embedding takes the tokens, or the outputs are no sequence")
        worst = max(worst, leak)
        if leak > LEAK:
            return Failed(
                f"the output at place {place} has a gradient of {leak:.3g} (against what came "
                f"before) with respect to inputs after it", "causal-mask-missing",
                "mask attention above the diagonal (is_causal=True), and pad convolutions on the "
                "left alone", {"leak": leak},
            )  # fmt: skip
    return Passed(f"the outputs depend on nothing after them (gradient {worst:.1g})",
                  {"leak": worst})  # fmt: skip


def _sequence(seen: Observed) -> Tensor | None:
    """Return the tokens (batch, length), or the series (batch, length, features), of the inputs."""
    given = [*(seen.args or ()), *seen.kwargs.values()]
    found = [t for t in given if isinstance(t, Tensor) and t.ndim >= 2 and t.shape[1] >= 4]
    tokens = [t for t in found if not t.is_floating_point() and t.ndim == 2]
    series = [t for t in found if t.is_floating_point() and t.ndim == 3]
    return next(iter([*tokens, *series]), None)


def _predicts_next(seen: Observed, inputs: Tensor) -> bool:
    """Tell whether the targets of a loss are the inputs one place on."""
    batch, length = inputs.shape[:2]
    for call in seen.calls:
        target = call.target
        for long in (length, length - 1):
            if target.numel() != batch * long * inputs[0, 0].numel():
                continue
            laid = target.reshape(batch, long, *inputs.shape[2:])
            ours, following = laid[:, : length - 1], inputs[:, 1 : long + 1]
            ours = ours[:, : following.shape[1]]
            counted = ours != IGNORED
            same = (ours == following)[counted]
            if len(same) and float(same.float().mean()) >= NEXT:
                return True
    return False


def _leak(model: nn.Module, seen: Observed, inputs: Tensor, place: int) -> float | None:
    """Return the gradient at `place` with respect to later inputs, against that to earlier ones."""
    held: list[Tensor] = []
    handles = []
    args, kwargs = seen.args or (), dict(seen.kwargs)
    if inputs.is_floating_point():
        leaf = inputs.detach().clone().requires_grad_()
        held.append(leaf)
        args = tuple(leaf if given is inputs else given for given in args)
        kwargs = {key: leaf if given is inputs else given for key, given in kwargs.items()}
    else:

        def hold(_: nn.Module, taken: Any, output: Tensor) -> Tensor | None:
            if taken and taken[0].shape == inputs.shape and torch.equal(taken[0], inputs):
                held.append(output.detach().requires_grad_())
                return held[-1]
            return None

        embeddings = [m for m in model.modules() if isinstance(m, nn.Embedding)]
        handles = [module.register_forward_hook(hold) for module in embeddings]
    try:
        output = main_output(model(*args, **kwargs))
    finally:
        for handle in handles:
            handle.remove()
    if not held or output is None or output.ndim < 3:
        return None
    length = inputs.shape[1]
    if output.shape[1] != length:
        if output.shape[2] != length:
            return None
        output = output.transpose(1, 2)
    seed()
    followed = output[:, place]
    (gradient,) = torch.autograd.grad((followed * torch.randn_like(followed)).sum(), held[0])
    before = float(gradient[:, : place + 1].abs().max())
    after = float(gradient[:, place + 1 :].abs().max())
    return after / before if before > 0 else (1.0 if after > 0 else 0.0)
