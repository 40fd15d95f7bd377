"""Near copies between two sets of features, and a block of rows as a small file."""

import torch
from torch import Tensor

TEST_ROWS, TRAIN_ROWS, PAIRS = 1024, 4096, 8192  # rows of a piece; candidates checked at a time


@torch.no_grad()
def near_copies(test: Tensor, train: Tensor, radius: float) -> Tensor:
    """(pairs, 2) int64: row of `test`, row of `train`, Euclidean distance <= radius.

    |a|^2 + |b|^2 - 2ab cancels: in float32, at squared norms of 1e7, its error is about 1, far
    above radius^2. Here it only preselects, in float64 and with its error bound as a margin;
    what it lets through is measured by differences.
    """
    if test.ndim != 2 or train.ndim != 2 or test.shape[1] != train.shape[1]:
        raise ValueError("test and train must be (rows, features) of the same width")
    if radius < 0:
        raise ValueError("radius must not be negative")
    bound = 4 * (test.shape[1] + 8) * torch.finfo(torch.float64).eps
    found = [torch.empty(0, 2, dtype=torch.int64, device=test.device)]
    for i in range(0, len(test), TEST_ROWS):
        a = test[i : i + TEST_ROWS].double()
        a2 = a.square().sum(1)
        for j in range(0, len(train), TRAIN_ROWS):
            b = train[j : j + TRAIN_ROWS].double()
            b2 = b.square().sum(1)
            squared = torch.addmm(a2[:, None] + b2, a, b.T, alpha=-2)
            margin = bound * (a2.max() + b2.max())
            for pairs in (squared <= radius**2 + margin).nonzero().split(PAIRS):
                exact = torch.linalg.vector_norm(a[pairs[:, 0]] - b[pairs[:, 1]], dim=1)
                found.append(pairs[exact <= radius] + torch.tensor([i, j], device=test.device))
    pairs = torch.cat(found)
    return pairs[(pairs[:, 0] * max(len(train), 1) + pairs[:, 1]).argsort()]


def ship(table: Tensor, start: int, stop: int, path: str) -> None:
    """Write rows start to stop; the clone leaves the table's storage, which save would write."""
    torch.save(table.detach()[start:stop].clone(memory_format=torch.contiguous_format), path)
