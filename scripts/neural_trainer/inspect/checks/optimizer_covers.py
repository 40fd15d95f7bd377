"""Is every parameter that trains in the optimizer, and everything in the optimizer in the model?"""

from __future__ import annotations

from neural_trainer.inspect.checks.outcome import Failed, NotCheckable, Outcome, Passed, few
from neural_trainer.inspect.checks.subject import Subject, tensor_names

ID = "optimizer-covers"


def check(subject: Subject) -> Outcome:
    """Compare the parameters of model and optimizers by identity."""
    if not subject.optimizers:
        return NotCheckable("the case names no optimizer; give Case(optimizer=...)")
    model = subject.case.model
    named = list(model.named_parameters())
    held = [p for o in subject.optimizers for group in o.param_groups for p in group["params"]]
    of_model = {id(p) for _, p in named}
    foreign = [p for p in held if id(p) not in of_model]
    trained = {id(p) for _, p in named if p.requires_grad}
    left = tensor_names(named, trained - {id(p) for p in held})
    numbers = {"num_left_out": float(len(left)), "num_foreign": float(len(foreign))}
    if left:
        return Failed(
            f"{len(left)} of {len(trained)} tensors that train are in no optimizer: {few(left)}",
            "parameters-not-in-optimizer",
            "make the optimizer after the model is complete, from model.parameters()", numbers,
        )  # fmt: skip
    if foreign:
        return Failed(
            f"{len(foreign)} of {len(held)} tensors in the optimizer are not the model's",
            "parameters-not-in-optimizer",
            "make the optimizer after the last change of the model, from its own parameters",
            numbers,
        )  # fmt: skip
    return Passed(f"all {len(trained)} tensors that train are in the optimizer", numbers)
