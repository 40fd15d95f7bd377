"""Links apart by undirected pair, negatives against the whole graph."""

import torch
from torch import Tensor


def split_links(edge_index, num_nodes, val=0.1, test=0.2, seed=0) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    low, high = edge_index.min(0).values, edge_index.max(0).values
    keys = (low * num_nodes + high)[low != high].unique()
    count = len(keys)
    keys = keys[torch.randperm(count, generator=generator)]
    num_val, num_test = round(val * count), round(test * count)
    pairs = num_nodes * (num_nodes - 1) // 2
    if pairs - count < count:
        raise ValueError(f"{pairs - count} pairs are no links, {count} are needed")
    negative = _negatives(keys, num_nodes, count, generator)
    parts = (num_val, num_test, count - num_val - num_test)
    found = {}
    for name, part, none in zip(
        ("val", "test", "train"), keys.split(parts), negative.split(parts), strict=True
    ):
        found[name] = torch.stack((part // num_nodes, part % num_nodes))
        found[f"{name}_negative"] = torch.stack((none // num_nodes, none % num_nodes))
    found["message"] = _both(found["train"])
    found["message_test"] = _both(torch.cat((found["train"], found["val"]), 1))
    return found


def _both(links: Tensor) -> Tensor:
    return torch.cat((links, links.flip(0)), 1)


def _negatives(keys: Tensor, num_nodes: int, count: int, generator) -> Tensor:
    if num_nodes <= 2000:
        low, high = torch.triu_indices(num_nodes, num_nodes, 1)
        every = low * num_nodes + high
        free = every[~torch.isin(every, keys)]
        return free[torch.randperm(len(free), generator=generator)[:count]]
    chosen = torch.empty(0, dtype=torch.int64)
    while len(chosen) < count:
        pair = torch.randint(num_nodes, (2, 2 * count + 100), generator=generator)
        low, high = pair.min(0).values, pair.max(0).values
        new = (low * num_nodes + high)[low != high]
        new = new[~torch.isin(new, keys)]
        chosen = torch.cat((chosen, new)).unique()
    return chosen[torch.randperm(len(chosen), generator=generator)[:count]]
