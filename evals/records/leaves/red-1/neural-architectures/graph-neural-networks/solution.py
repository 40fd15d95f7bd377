"""Train, validation and test links of an undirected graph, with negatives."""

import torch
from torch import Tensor


def _sample(count: int, size: int, generator: torch.Generator) -> Tensor:
    """`size` different numbers below `count`, in random order."""
    if count <= 4 * size:
        return torch.randperm(count, generator=generator)[:size]
    drawn = torch.empty(0, dtype=torch.int64)
    while len(drawn) < size:
        more = torch.randint(count, (size - len(drawn) + size // 8 + 16,), generator=generator)
        drawn = torch.unique(torch.cat((drawn, more)))
    return drawn[torch.randperm(len(drawn), generator=generator)[:size]]


def split_links(edge_index: Tensor, num_nodes: int, val: float = 0.1, test: float = 0.2, seed: int = 0) -> dict[str, Tensor]:
    """Split the links (each pair once, without self-loops) before directions are made, so that no held-out link
    comes back into the messages as its reverse or its copy. Negatives are links of no split, all different."""
    if val < 0 or test < 0 or val + test > 1 + 1e-9:
        raise ValueError("val and test must be shares that sum to at most 1")
    edge_index = edge_index.cpu()
    if edge_index.numel() and (int(edge_index.min()) < 0 or int(edge_index.max()) >= num_nodes):
        raise ValueError("edge_index holds a node that is not below num_nodes")
    generator = torch.Generator().manual_seed(seed)

    # A pair low < high has number first[low] + high - low - 1 among all pairs.
    nodes = torch.arange(num_nodes, dtype=torch.int64)
    first = nodes * (2 * num_nodes - nodes - 1) // 2

    def pairs(number: Tensor) -> Tensor:
        low = torch.searchsorted(first, number, right=True) - 1
        # The last node begins no pair: its `first` equals the number of all pairs, which no number reaches.
        return torch.stack((low, number - first[low] + low + 1)) if len(number) else number.new_empty(2, 0)

    edge_index = edge_index[:, edge_index[0] != edge_index[1]]
    low, high = edge_index.min(0).values, edge_index.max(0).values
    links = torch.unique(first[low] + high - low - 1)  # sorted

    count = len(links)
    free = num_nodes * (num_nodes - 1) // 2 - count
    if free < count:
        raise ValueError(f"{count} negatives are needed, but only {free} pairs are no links")
    n_val = min(round(val * count), count)
    n_test = min(round(test * count), count - n_val)
    sizes = [count - n_val - n_test, n_val, n_test]

    shuffled = links[torch.randperm(count, generator=generator)]
    train_part, val_part, test_part = (pairs(part) for part in shuffled.split(sizes))
    # The k-th pair that is no link: k plus the number of links before it.
    rank = _sample(free, count, generator)
    number = rank + torch.searchsorted(links - torch.arange(count), rank, right=True)
    negatives = [pairs(part) for part in number.split(sizes)]

    def both(part: Tensor) -> Tensor:
        return torch.cat((part, part.flip(0)), dim=1)

    return {
        "message": both(train_part),
        "message_test": both(torch.cat((train_part, val_part), dim=1)),
        "train": train_part,
        "val": val_part,
        "test": test_part,
        "train_negative": negatives[0],
        "val_negative": negatives[1],
        "test_negative": negatives[2],
    }
