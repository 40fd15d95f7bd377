import torch
from torch import Tensor

TEST_ROWS, TRAIN_ROWS, VERIFY_NUMBERS = 1024, 4096, 1 << 22


@torch.no_grad()
def near_copies(test: Tensor, train: Tensor, radius: float) -> Tensor:
    """Pairs (row of test, row of train) at a Euclidean distance of at most `radius`.

    |a|^2 + |b|^2 - 2ab cancels: with squared norms up to 1.7e7, float32 is wrong by about 1, a copy is at
    0.0025. So products are taken in float64, block by block, with slack, and what they propose
    is checked by the differences themselves.
    """
    found = []
    for i0 in range(0, len(test), TEST_ROWS):
        a = test[i0 : i0 + TEST_ROWS].double()
        a2 = a.square().sum(1, keepdim=True)
        for j0 in range(0, len(train), TRAIN_ROWS):
            b = train[j0 : j0 + TRAIN_ROWS].double()
            b2 = b.square().sum(1)
            squared = torch.addmm(b2[None], a, b.T, alpha=-2).add_(a2)
            # rounding of float64 is far below 1e-12 of the norms
            slack = radius**2 + 1e-12 * (a2.max() + b2.max())
            near = (squared <= slack).nonzero()
            for part in near.split(max(1, VERIFY_NUMBERS // max(1, a.shape[1]))):
                distance = (a[part[:, 0]] - b[part[:, 1]]).square().sum(1).sqrt()
                kept = part[distance <= radius]
                if len(kept):
                    found.append(kept + kept.new_tensor([i0, j0]))
    if not found:
        return torch.empty(0, 2, dtype=torch.int64, device=test.device)
    pairs = torch.cat(found)
    return pairs[(pairs[:, 0] * len(train) + pairs[:, 1]).argsort()]


def ship(table: Tensor, start: int, stop: int, path: str) -> None:
    """A slice shares the storage of the whole table and torch.save writes storages: copy it first."""
    block = table.detach()[start:stop].cpu().clone(memory_format=torch.contiguous_format)
    torch.save(block, path)
