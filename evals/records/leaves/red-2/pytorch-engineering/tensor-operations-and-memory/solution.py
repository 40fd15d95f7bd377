"""Near copies between two feature sets, and shipping a block of rows."""

import torch
from torch import Tensor

TEST_ROWS = 1024  # one piece of the distance matrix: 1024 x 4096 float64 = 32 MiB
TRAIN_ROWS = 4096
PAIRS = 16384  # candidates whose differences are formed at once


@torch.no_grad()
def near_copies(test: Tensor, train: Tensor, radius: float) -> Tensor:
    """Pairs (row of test, row of train) at a Euclidean distance <= radius, sorted.

    |a|^2 + |b|^2 - 2ab cancels: with values up to 255 the squares reach 1.7e7, and in float32 (as in
    torch.cdist's default mode) the distance is then wrong by about 1. So the matrix product is done in
    float64 and only preselects, with a slack for its rounding; the distance that decides is taken from
    the differences.
    """
    found = []
    for i in range(0, len(test), TEST_ROWS):
        a = test[i : i + TEST_ROWS].double()
        a_square = a.square().sum(1, keepdim=True)
        piece = []
        for j in range(0, len(train), TRAIN_ROWS):
            b = train[j : j + TRAIN_ROWS].double()
            b_square = b.square().sum(1)
            square = torch.addmm(a_square + b_square, a, b.T, alpha=-2.0)
            slack = 1e-12 * (a_square.max() + b_square.max()) + 1e-12 * radius**2
            for pairs in (square <= radius**2 + slack).nonzero().split(PAIRS):
                distance = (a[pairs[:, 0]] - b[pairs[:, 1]]).norm(dim=1)
                piece.append(pairs[distance <= radius] + torch.tensor([i, j], device=pairs.device))
        if piece:
            pairs = torch.cat(piece)  # columns ascend for each row already: a stable sort by row is enough
            found.append(pairs[pairs[:, 0].argsort(stable=True)])
    if not found:
        return torch.empty(0, 2, dtype=torch.int64, device=test.device)
    return torch.cat(found)


def ship(table: Tensor, start: int, stop: int, path: str) -> None:
    """Write rows start to stop alone: a slice is a view, and torch.save writes a view's whole storage."""
    torch.save(table[start:stop].detach().clone(memory_format=torch.contiguous_format), path)
