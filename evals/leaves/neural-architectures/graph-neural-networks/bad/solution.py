"""A random split of the columns of edge_index."""

import torch


def split_links(edge_index, num_nodes, val=0.1, test=0.2, seed=0):
    torch.manual_seed(seed)
    edges = edge_index[:, edge_index[0] != edge_index[1]]
    edges = torch.stack((edges.min(0).values, edges.max(0).values)).unique(dim=1)
    count = edges.shape[1]
    edges = edges[:, torch.randperm(count)]
    num_val, num_test = round(val * count), round(test * count)
    links = {
        "val": edges[:, :num_val],
        "test": edges[:, num_val : num_val + num_test],
        "train": edges[:, num_val + num_test :],
    }
    known = {tuple(e) for e in edges.T.tolist()}
    if num_nodes * (num_nodes - 1) // 2 - count < count:
        raise ValueError("too few pairs that are no links")
    for name in ("train", "val", "test"):
        rows = []
        while len(rows) < links[name].shape[1]:
            a, b = sorted(torch.randint(num_nodes, (2,)).tolist())
            if a != b and (a, b) not in known:
                rows.append((a, b))
        links[f"{name}_negative"] = torch.tensor(rows).T.reshape(2, -1)
    both = torch.cat((links["train"], links["train"].flip(0)), 1)
    links["message"] = both
    links["message_test"] = torch.cat((both, links["val"], links["val"].flip(0)), 1)
    return links
