"""Typed training function that returns norms with losses."""
from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class StepResult:
    loss: Tensor
    grad_norm: Tensor


def train_step(model: nn.Module, opt: torch.optim.Optimizer, x: Tensor, y: Tensor) -> StepResult:
    loss = nn.functional.mse_loss(model(x), y)
    opt.zero_grad(set_to_none=True)
    loss.backward()
    opt.step()
    norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)  # PLANTED
    return StepResult(loss.detach(), norm)


def train(model: nn.Module, loader, epochs: int = 30) -> None:
    torch.manual_seed(70)
    opt = torch.optim.NAdam(model.parameters(), lr=1e-3)
    model.train()
    for epoch in range(epochs):
        results = [train_step(model, opt, x, y) for x, y in loader]
        loss = torch.stack([r.loss for r in results]).mean().item()
        norm = torch.stack([r.grad_norm for r in results]).max().item()
        print(f"epoch {epoch} loss {loss:.4f} max norm {norm:.2f}")
