"""Near copies between two feature sets, and shipping a block of a big table."""

import torch
from torch import Tensor

_TEST_BLOCK, _TRAIN_BLOCK, _PAIR_BLOCK = 1024, 4096, 8192


@torch.no_grad()
def near_copies(test: Tensor, train: Tensor, radius: float) -> Tensor:
    """All (row of test, row of train) whose Euclidean distance is at most `radius`, sorted.

    |a|^2 + |b|^2 - 2ab loses everything in float32 here: squared norms reach 1.6e7, radius^2 is about 0.0025. So it is
    taken in float64, only to find candidates (with a margin for its rounding), and each candidate is
    then measured by the difference itself.
    """
    found = [torch.empty(0, 2, dtype=torch.int64, device=test.device)]
    eps = 64 * torch.finfo(torch.float64).eps
    for i0 in range(0, len(test), _TEST_BLOCK):
        a = test[i0:i0 + _TEST_BLOCK].double()
        a2 = a.square().sum(1, keepdim=True)
        rows = []
        for j0 in range(0, len(train), _TRAIN_BLOCK):
            b = train[j0:j0 + _TRAIN_BLOCK].double()
            norms = a2 + b.square().sum(1)
            square = torch.addmm(norms, a, b.T, alpha=-2)
            near = (square <= norms.mul_(eps).add_(float(radius) ** 2 * (1 + 1e-9))).nonzero()
            for part in near.split(_PAIR_BLOCK):
                distance = (a[part[:, 0]] - b[part[:, 1]]).square().sum(1).sqrt()
                part = part[distance <= radius]
                rows.append(part + part.new_tensor([i0, j0]))
        if rows:
            block = torch.cat(rows)
            found.append(block[torch.argsort(block[:, 0] * len(train) + block[:, 1])])
    return torch.cat(found)


def ship(table: Tensor, start: int, stop: int, path: str) -> None:
    """Save rows start to stop alone: a slice is a view, and torch.save would write the whole table's storage."""
    torch.save(table[start:stop].detach().cpu().clone(memory_format=torch.contiguous_format), path)
