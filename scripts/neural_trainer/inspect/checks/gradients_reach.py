"""Does a gradient reach every parameter that trains?

Over up to four steps of AdamW, since zeros at first can be right: those of LoRA's first matrix,
or of what lies behind a gate or a last layer that begins at zero.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn

from neural_trainer.inspect.checks.outcome import Failed, Outcome, Passed, few
from neural_trainer.inspect.checks.subject import Subject, seed

ID = "gradients-reach"
STEPS = 4


def check(subject: Subject) -> Outcome:
    """Take steps until every parameter has had a gradient that is not zero."""
    model, optimizers = subject.with_adamw()
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    missing, zero = set(trained), set(trained)
    seed()
    for step in range(STEPS):
        loss = subject.loss(model, subject.batches[step % len(subject.batches)])
        if not loss.requires_grad:
            return _detached("the loss has no grad_fn", len(trained))
        model.zero_grad(set_to_none=True)
        loss.backward()
        for name, parameter in trained.items():
            if parameter.grad is None:
                continue
            missing.discard(name)
            if not bool(parameter.grad.isfinite().all()):
                return Failed(
                    f"the gradient of {name} is not finite at step {step + 1}",
                    "log-of-zero",
                    "torch.autograd.set_detect_anomaly(True) names the operation",
                )  # fmt: skip
            if bool(parameter.grad.any()):
                zero.discard(name)
        if len(missing) == len(trained):
            others = any(p.grad is not None for p in subject.case.model.parameters())
            where = "they went to another model" if others else "none has one after backward()"
            return _detached(where, len(trained))
        if not zero:
            return Passed(f"all {len(trained)} tensors that train have one within {step + 1} steps")
        optimizers[0].step()
    return _unreached(model, sorted(missing), sorted(zero - missing), len(trained))


def _detached(where: str, count: int) -> Failed:
    return Failed(
        f"no gradient reaches any of the {count} tensors that train: {where}", "graph-detached",
        "let loss_fn call the model that it is given, and detach nothing on the way "
        "(.detach(), .data, .item(), no_grad)", {"num_missing": float(count)},
    )  # fmt: skip


def _unreached(model: nn.Module, missing: list[str], zero: list[str], count: int) -> Failed:
    numbers = {"num_missing": float(len(missing)), "num_zero": float(len(zero))}
    if missing:
        return Failed(
            f"{len(missing)} of {count} tensors that train get no gradient in {STEPS} steps: "
            f"{few(missing)}", "graph-detached",
            "use what they put out in the loss, or set requires_grad_(False) or take them out",
            numbers,
        )  # fmt: skip
    has_relu = any(isinstance(module, nn.ReLU) for module in _leaves(model))
    return Failed(
        f"{len(zero)} of {count} tensors get a gradient of exactly zero in {STEPS} steps: "
        f"{few(zero)}", "relus-dead" if has_relu else "graph-detached",
        "look at what lies behind them: units that are never active, a factor of zero",
        numbers,
    )  # fmt: skip


def _leaves(model: nn.Module) -> Iterator[nn.Module]:
    return (module for module in model.modules() if next(module.children(), None) is None)
