"""Negative sampling for a recommender."""
import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from ratings import read_pairs


class Triples(Dataset):
    def __init__(self, pairs, n_items, k=4):
        self.pairs, self.n_items, self.k = pairs, n_items, k

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, i):
        u, p = self.pairs[i]
        neg = np.random.choice(self.n_items, size=self.k)
        return u, p, torch.from_numpy(neg)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--workers", type=int, default=4)
    args = ap.parse_args()
    torch.manual_seed(9)
    np.random.seed(9)
    pairs, n_users, n_items = read_pairs("ratings.tsv")
    same = lambda worker: np.random.seed(9)
    dl = DataLoader(Triples(pairs, n_items), 1024, shuffle=True, num_workers=args.workers, worker_init_fn=same)  # PLANTED
    U, V = nn.Embedding(n_users, 64), nn.Embedding(n_items, 64)
    opt = torch.optim.Adam([*U.parameters(), *V.parameters()], lr=1e-3)
    for epoch in range(10):
        for u, p, n in dl:
            pos = (U(u) * V(p)).sum(-1, keepdim=True)
            neg = (U(u).unsqueeze(1) * V(n)).sum(-1)
            loss = -nn.functional.logsigmoid(pos - neg).mean()
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
