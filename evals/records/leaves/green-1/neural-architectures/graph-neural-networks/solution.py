import torch
from torch import Tensor


def split_links(
    edge_index: Tensor, num_nodes: int, val: float = 0.1, test: float = 0.2, seed: int = 0
) -> dict[str, Tensor]:
    """Links of an undirected graph in three parts, with disjoint pairs that are no links.

    Duplicates, directions and self-loops are settled before the split, so that no held-out link
    carries messages in its other direction.
    """
    if edge_index.numel() and not 0 <= int(edge_index.min()) <= int(edge_index.max()) < num_nodes:
        raise ValueError("edge_index names nodes outside of 0 to num_nodes - 1")
    generator = torch.Generator().manual_seed(seed)  # its own: others' draws do not matter
    edges = edge_index.cpu()
    small, large = edges.amin(0), edges.amax(0)
    small, large = small[small != large], large[small != large]

    # Pairs i < j have the numbers 0 to total - 1, row by row.
    rows = torch.arange(num_nodes, dtype=torch.int64)
    starts = rows * (2 * num_nodes - rows - 1) // 2
    total = num_nodes * (num_nodes - 1) // 2

    def pairs(numbers: Tensor) -> Tensor:
        i = torch.searchsorted(starts, numbers, right=True) - 1
        return torch.stack([i, i + 1 + numbers - starts[i]])

    links = (starts[small] + large - small - 1).unique()  # sorted
    count = len(links)
    num_val, num_test = round(val * count), round(test * count)
    if min(num_val, num_test) < 0 or num_val + num_test > count:
        raise ValueError("val and test must be shares that leave links for training")
    sizes = [count - num_val - num_test, num_val, num_test]
    if total - count < count:
        raise ValueError(f"{count} pairs without a link are needed, there are {total - count}")

    # The r-th pair that is no link: r plus the number of links before it. No rejection of links,
    # so dense graphs work; no list of all pairs, so large ones do.
    ranks = _distinct(total - count, count, generator)
    before = links - torch.arange(count)
    negatives = ranks + torch.searchsorted(before, ranks, right=True)

    links = links[torch.randperm(count, generator=generator)]
    train, held, kept = (pairs(part) for part in links.split(sizes))
    negative = [pairs(part) for part in negatives.split(sizes)]

    def both(*parts: Tensor) -> Tensor:
        one = torch.cat(parts, dim=1)
        return torch.cat([one, one.flip(0)], dim=1)

    return {
        "message": both(train),
        "message_test": both(train, held),
        "train": train,
        "val": held,
        "test": kept,
        "train_negative": negative[0],
        "val_negative": negative[1],
        "test_negative": negative[2],
    }


def _distinct(high: int, count: int, generator: torch.Generator) -> Tensor:
    """`count` different numbers below `high`, uniform, in random order."""
    if high <= 4 * count:
        return torch.randperm(high, generator=generator)[:count]
    drawn = torch.empty(0, dtype=torch.int64)
    while len(drawn) < count:
        more = torch.randint(high, (count + count // 4 + 16,), generator=generator)
        drawn = torch.cat([drawn, more]).unique()
    return drawn[torch.randperm(len(drawn), generator=generator)[:count]]
