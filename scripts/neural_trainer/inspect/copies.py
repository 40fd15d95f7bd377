"""A case on a copy: its model and optimizer copied together, its batches, what the loss reached."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from neural_trainer.errors import ConfigError
from neural_trainer.inspect.user_code import told_in_a_line
from neural_trainer.layers.batches import on_device
from neural_trainer.layers.case import Case

DEFAULT_LR = 1e-3  # of AdamW in torch, for a case without an optimizer


def copied(case: Case, *, trains: bool = True) -> tuple[nn.Module, Any, tuple[str, ...]]:
    """Return copies of the model and its optimizer, and notes: AdamW where the case names none.

    Raises ConfigError where they cannot be copied, or no parameter trains though one is to.
    """
    if not isinstance(case.model, nn.Module):
        raise ConfigError(
            f"the case's model is a {type(case.model).__name__}; expected a torch.nn.Module"
        )
    if isinstance(case.model, torch.jit.ScriptModule):
        raise ConfigError(
            "the case's model is TorchScript, which neither hooks nor copies reach; expected the "
            "torch.nn.Module that it was made from"
        )
    try:
        model, optimizer = copy.deepcopy((case.model, case.optimizer))
    except Exception as error:  # whatever the user's modules raise
        raise ConfigError(
            f"the model cannot be copied ({error!r}); a probe works on a copy, so that yours stays "
            f"as it is: let copy.deepcopy take it"
        ) from error
    if optimizer is not None:
        return model, optimizer, ()
    trainable = [p for p in model.parameters() if p.requires_grad]
    if not trains:
        return model, None, ()
    if not trainable:
        raise ConfigError("the model has no parameter that trains: requires_grad is False for all")
    said = f"the case names no optimizer: probed with AdamW at a learning rate of {DEFAULT_LR}"
    return model, torch.optim.AdamW(trainable, lr=DEFAULT_LR), (said,)


def first_batch(case: Case, name: str) -> Any:
    """Return the first batch, on the model's device; raises ConfigError where there is none."""
    with told_in_a_line(name, "train_batches"):
        for batch in batches(case, 1):
            return batch
    raise ConfigError(f"{name}: train_batches yields nothing; expected at least one batch")


def batches(case: Case, num: int) -> Iterator[Any]:
    """Yield `num` batches on the model's device, from the start again where there are fewer."""
    device = next(case.model.parameters(), torch.empty(0)).device
    done = 0
    while done < num:
        before = done
        for batch in case.train_batches:
            yield on_device(batch, device)
            done += 1
            if done == num:
                return
        if done == before:
            return


def check_reached(model: nn.Module, original: nn.Module) -> None:
    """Raise ConfigError where no parameter of `model` has a gradient after backward()."""
    if any(p.grad is not None for p in model.parameters()):
        return
    where = "it moved the gradients of another model" if any(
        p.grad is not None for p in original.parameters()
    ) else "no parameter has a gradient after backward()"  # fmt: skip
    raise ConfigError(
        f"loss_fn(model, batch) does not depend on the model that it is given: {where}; let it "
        f"call its first argument, and detach nothing on the way"
    )
