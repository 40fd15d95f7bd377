"""A case that draws from the generators of Python, NumPy and torch: dropout, order, noise."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from neural_trainer.layers.case import Case


class Noisy(Dataset[tuple[Tensor, Tensor]]):
    """Samples that are never twice the same."""

    def __len__(self) -> int:
        return 22

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        noise = random.random() + np.random.rand() + torch.rand(()).item()
        features = torch.randn(5, generator=torch.Generator().manual_seed(index))
        return features + 0.1 * noise, torch.tensor(index % 3)


def loss_fn(model: Any, batch: tuple[Tensor, Tensor]) -> Tensor:
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def make(workers: int, generator: torch.Generator | None = None, **more: Any) -> Case:
    """Return the case with so many workers: 6 batches a pass, the last a short one."""
    model = nn.Sequential(nn.Linear(5, 16), nn.LayerNorm(16), nn.Dropout(0.3), nn.Linear(16, 8),
                          nn.ReLU(), nn.Linear(8, 3))  # fmt: skip
    batches = DataLoader(
        Noisy(), batch_size=4, shuffle=True, num_workers=workers, generator=generator, **more
    )
    return Case(model, loss_fn, batches, eval_batches=DataLoader(Noisy(), batch_size=8))


def plain() -> Case:
    return make(0)


def with_workers() -> Case:
    return make(2)


def with_own_generator() -> Case:
    return make(0, torch.Generator().manual_seed(9))


def with_workers_and_own_generator() -> Case:
    return make(2, torch.Generator().manual_seed(9), prefetch_factor=3)
