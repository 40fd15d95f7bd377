"""Trains a network that removes rain from photographs; rain is drawn onto clean ones."""

import random
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

cfg = {"seed": 5150, "batch_size": 16, "workers": 8, "lr": 3e-4, "epochs": 60, "drops": 300}


def seed_all(seed, worker=None):
    random.seed(seed)
    np.random.seed(seed)
    if worker is None:
        torch.manual_seed(seed)


class Rain(Dataset):
    def __init__(self, path, drops):
        self.clean = torch.load(path, weights_only=True)
        self.drops = drops

    def __len__(self):
        return len(self.clean)

    def __getitem__(self, index):
        clean = self.clean[index]
        streaks = np.zeros(clean.shape[1:], dtype=np.float32)
        rows = np.random.randint(0, streaks.shape[0] - 12, self.drops)
        columns = np.random.randint(0, streaks.shape[1], self.drops)
        for row, column in zip(rows, columns):
            streaks[row : row + np.random.randint(4, 12), column] = 0.6
        return (clean + torch.from_numpy(streaks)).clamp(0, 1), clean


def build():
    body = [nn.Conv2d(3, 48, 3, padding=1), nn.ReLU()]
    for _ in range(6):
        body += [nn.Conv2d(48, 48, 3, padding=1), nn.ReLU()]
    return nn.Sequential(*body, nn.Conv2d(48, 3, 3, padding=1))


def main():
    seed_all(cfg["seed"])
    loader = DataLoader(  # PLANTED
        Rain("clean.pt", cfg["drops"]),
        batch_size=cfg["batch_size"],
        shuffle=True,
        num_workers=cfg["workers"],
        worker_init_fn=partial(seed_all, cfg["seed"]),
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = build().to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=cfg["lr"])
    for epoch in range(cfg["epochs"]):
        total = torch.zeros((), device=device)
        for wet, clean in loader:
            wet, clean = wet.to(device), clean.to(device)
            loss = F.l1_loss(wet - net(wet), clean)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch}: {total.item() / len(loader):.5f}")


if __name__ == "__main__":
    main()
