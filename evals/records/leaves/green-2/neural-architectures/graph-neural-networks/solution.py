"""Links of an undirected graph, split for link prediction."""

import torch
from torch import Tensor


def _codes(pairs: Tensor) -> Tensor:
    """Number of each pair a < b among all pairs: b (b - 1) / 2 + a."""
    return pairs[1] * (pairs[1] - 1) // 2 + pairs[0]


def _pairs(codes: Tensor) -> Tensor:
    b = ((1 + (1 + 8 * codes.double()).sqrt()) / 2).long()
    b = b - (b * (b - 1) // 2 > codes).long()  # rounding of the root
    b = b + (b * (b + 1) // 2 <= codes).long()
    return torch.stack([codes - b * (b - 1) // 2, b])


def _distinct(total: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` distinct numbers below `total`, uniformly."""
    if total <= 4 * count:
        return torch.randperm(total, generator=generator)[:count]
    drawn = torch.empty(0, dtype=torch.int64)
    while len(drawn) < count:
        more = torch.randint(total, (count + count // 2 + 8,), generator=generator)
        drawn = torch.cat([drawn, more]).unique()
    return drawn[torch.randperm(len(drawn), generator=generator)[:count]]


def split_links(
    edge_index: Tensor, num_nodes: int, val: float = 0.1, test: float = 0.2, seed: int = 0
) -> dict[str, Tensor]:
    """Pairs are made undirected and unique before they are split, so that no held-out link is
    left in the messages in its other direction. Negatives are links of no split, and no negative
    is in two splits. Messages hold both directions and no self-loops."""
    if val < 0 or test < 0 or val + test > 1:
        raise ValueError("val and test must be shares whose sum is at most 1")
    if edge_index.numel() and not 0 <= int(edge_index.min()) <= int(edge_index.max()) < num_nodes:
        raise ValueError("edge_index names nodes outside of 0 to num_nodes - 1")
    generator = torch.Generator().manual_seed(seed)
    a, b = edge_index.long()
    pairs = torch.stack([torch.minimum(a, b), torch.maximum(a, b)])
    links = _codes(pairs[:, pairs[0] != pairs[1]]).unique()  # sorted: order of the export is gone
    count = len(links)
    free = num_nodes * (num_nodes - 1) // 2 - count
    if free < count:
        raise ValueError(f"{count} negatives wanted, but only {free} pairs are no links")
    for_val = round(val * count)
    for_test = min(round(test * count), count - for_val)
    sizes = [for_val, for_test, count - for_val - for_test]

    shuffled = _pairs(links[torch.randperm(count, generator=generator)])
    val_links, test_links, train_links = shuffled.split(sizes, dim=1)
    # the r-th pair that is no link: r, and one more for each link that stands before it
    rank = _distinct(free, count, generator).sort().values  # sorted queries are far faster
    before = torch.searchsorted(links - torch.arange(count), rank, right=True)
    codes = (rank + before)[torch.randperm(count, generator=generator)]
    negatives = _pairs(codes).split(sizes, dim=1)

    def both_ways(*parts: Tensor) -> Tensor:
        one = torch.cat(parts, dim=1)
        return torch.cat([one, one.flip(0)], dim=1)

    return {
        "message": both_ways(train_links),
        "message_test": both_ways(train_links, val_links),
        "train": train_links.clone(),
        "val": val_links.clone(),
        "test": test_links.clone(),
        "train_negative": negatives[2].clone(),
        "val_negative": negatives[0].clone(),
        "test_negative": negatives[1].clone(),
    }
