"""Activation checkpointing and compiling: the same gradients, with less kept or more speed."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from neural_trainer.errors import ConfigError
from neural_trainer.training.char_gpt import CharGPT, next_character_loss
from neural_trainer.training.recompute import recompute_blocks


def gpt(dropout: float) -> CharGPT:
    torch.manual_seed(0)
    return CharGPT(9, context=8, width=8, num_layers=3, num_heads=2, dropout=dropout, tied=True)


def gradients(model: CharGPT) -> tuple[list[Tensor], int]:
    """Return the gradients of one step, and how many bytes it kept for the backward pass."""
    kept = 0

    def keep(tensor: Tensor) -> Tensor:
        nonlocal kept
        kept += tensor.numel() * tensor.element_size()
        return tensor

    torch.manual_seed(1)
    batch: Any = (torch.randint(9, (4, 8)), torch.randint(9, (4, 8)))
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = next_character_loss(model, batch)
    loss.backward()
    return [p.grad for p in model.parameters() if p.grad is not None], kept


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_gradients_are_the_same_and_less_is_kept(dropout: float) -> None:
    plain, again = gpt(dropout), gpt(dropout)
    assert recompute_blocks(again) == 3
    (expected, all_kept), (found, kept) = gradients(plain), gradients(again)
    for mine, its in zip(found, expected, strict=True):
        assert torch.equal(mine, its)
    assert kept < all_kept / 2
    assert list(again.state_dict()) == list(plain.state_dict())


def test_blocks_in_blocks_are_taken_once() -> None:
    inner = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
    outer = nn.Module()
    outer.blocks = inner
    assert recompute_blocks(nn.ModuleDict({"a": nn.ModuleList([outer])})) == 1


def test_a_model_without_blocks_is_refused() -> None:
    with pytest.raises(ConfigError, match="no ModuleList"):
        recompute_blocks(nn.Linear(2, 2))
