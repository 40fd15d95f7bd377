"""Activation checkpointing: a model's blocks are computed again in the backward pass."""

from __future__ import annotations

from functools import partial
from typing import Any

from neural_trainer.errors import ConfigError


def recompute_blocks(model: Any) -> int:
    """Have the elements of every ModuleList keep their inputs alone; return how many they are.

    Costs about one more forward pass of these blocks. Raises ConfigError where there is none.
    """
    from torch.utils.checkpoint import checkpoint

    outer = outer_blocks(model)
    if not outer:
        raise ConfigError(
            "training.activation_checkpointing finds no ModuleList in the model to take the "
            "elements of; leave it out, or keep the model's blocks in a ModuleList"
        )
    for block in outer:
        block.forward = partial(checkpoint, block.forward, use_reentrant=False)
    return len(outer)


def outer_blocks(model: Any) -> list[Any]:
    """Return the elements of every ModuleList of a model, but for those inside of another."""
    from torch import nn

    lists = [module for module in model.modules() if isinstance(module, nn.ModuleList)]
    blocks = [block for blocks in lists for block in blocks]
    inner = {id(below) for block in blocks for below in block.modules() if below is not block}
    return [block for block in blocks if id(block) not in inner]
