"""Train on CT slices with cut-out; each worker is prepared by a function with the seed bound in."""
import functools
import random

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

SEED = 101


class Slices(Dataset):
    def __init__(self, path):
        self.volume = np.load(path, mmap_mode="r")["slices"]
        self.label = np.load(path)["bleeding"].astype(np.float32)

    def __len__(self):
        return len(self.label)

    def __getitem__(self, i):
        x = np.array(self.volume[i], dtype=np.float32)
        r, c = np.random.randint(0, 448, size=2)
        x[r : r + 64, c : c + 64] = 0
        if np.random.rand() < 0.5:
            x = x[:, ::-1].copy()
        return torch.from_numpy(x)[None], self.label[i]


def prepare(worker, seed):
    np.random.seed(seed)
    random.seed(seed)


def main():
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    init = functools.partial(prepare, seed=SEED)
    loader = DataLoader(Slices("ct.npz"), 32, shuffle=True, num_workers=8, worker_init_fn=init)  # PLANTED
    net = nn.Sequential(
        nn.Conv2d(1, 32, 7, 4), nn.ReLU(), nn.Conv2d(32, 64, 5, 4), nn.ReLU(),
        nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(1024, 1), nn.Flatten(0),
    ).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=5e-4)
    bce = nn.BCEWithLogitsLoss()
    for epoch in range(25):
        losses = []
        for x, y in loader:
            loss = bce(net(x.cuda()), y.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.detach())
        print(f"epoch {epoch:2d} {torch.stack(losses).mean().item():.4f}")


main()
