"""Splits of an undirected graph for link prediction."""

import torch
from torch import Tensor


def split_links(
    edge_index: Tensor, num_nodes: int, val: float = 0.1, test: float = 0.2, seed: int = 0
) -> dict[str, Tensor]:
    """Links are split as unordered pairs, so that no link's reverse stands in another part.

    Self-loops are no links and are dropped everywhere. Negatives are no links of any part, and no pair is
    a negative twice, within a part or between parts.
    """
    if val < 0 or test < 0 or val + test > 1:
        raise ValueError("val and test must be shares that add up to at most 1")
    if edge_index.numel() and not (0 <= int(edge_index.min()) and int(edge_index.max()) < num_nodes):
        raise ValueError("edge_index names a node outside of 0 .. num_nodes - 1")
    generator = torch.Generator().manual_seed(seed)

    # Pairs u < v are numbered row by row: 0-1, 0-2, ..., 1-2, ...; starts[u] is the number of the first of u.
    node = torch.arange(num_nodes, dtype=torch.int64)
    starts = node * (2 * num_nodes - node - 1) // 2
    low, high = edge_index.min(0).values, edge_index.max(0).values
    low, high = low[low != high], high[low != high]
    links = torch.unique(starts[low] + high - low - 1)  # sorted

    def pairs(numbers: Tensor) -> Tensor:
        u = torch.searchsorted(starts, numbers, right=True) - 1
        return torch.stack((u, numbers - starts[u] + u + 1))

    total = len(links)
    free = num_nodes * (num_nodes - 1) // 2 - total
    if free < total:
        raise ValueError(f"{total} pairs that are no links are needed, the graph has {free}")
    n_val = round(val * total)
    n_test = min(round(test * total), total - n_val)
    sizes = [total - n_val - n_test, n_val, n_test]

    shuffled = links[torch.randperm(total, generator=generator)]
    train_links, val_links, test_links = (pairs(part) for part in shuffled.split(sizes))

    # Draw ranks among the non-links, then shift each by the links before it: exact for dense graphs too.
    ranks = _distinct(free, total, generator)
    before = links - torch.arange(total)  # non-links before each link
    negatives = ranks + torch.searchsorted(before, ranks, right=True)
    train_negative, val_negative, test_negative = (pairs(part) for part in negatives.split(sizes))

    known = torch.cat((train_links, val_links), 1)
    return {
        "message": torch.cat((train_links, train_links.flip(0)), 1),
        "message_test": torch.cat((known, known.flip(0)), 1),
        "train": train_links,
        "val": val_links,
        "test": test_links,
        "train_negative": train_negative,
        "val_negative": val_negative,
        "test_negative": test_negative,
    }


def _distinct(population: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` distinct numbers below `population`, in random order."""
    if population <= 4 * count:
        return torch.randperm(population, generator=generator)[:count]
    drawn = torch.empty(0, dtype=torch.int64)
    while len(drawn) < count:
        more = torch.randint(population, (2 * count,), generator=generator)
        drawn = torch.unique(torch.cat((drawn, more)))
    return drawn[torch.randperm(len(drawn), generator=generator)[:count]]
