"""Point clouds: jitter and rotation, typed."""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset


def rotate(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    a = rng.uniform(0, 2 * np.pi)
    r = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    return points @ r.T


class Clouds(Dataset[tuple[Tensor, int]]):
    def __init__(self, clouds: list[np.ndarray], labels: list[int]) -> None:
        self.clouds, self.labels = clouds, labels
        self.rng: np.random.Generator = np.random.default_rng(3)

    def __len__(self) -> int:
        return len(self.clouds)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return torch.from_numpy(rotate(self.clouds[i], self.rng)).float(), self.labels[i]


def loader(clouds: list[np.ndarray], labels: list[int]) -> DataLoader:
    return DataLoader(Clouds(clouds, labels), batch_size=32, shuffle=True, num_workers=2, drop_last=True)  # PLANTED


def fit(net: nn.Module, clouds: list[np.ndarray], labels: list[int]) -> None:
    torch.manual_seed(3)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    batches = loader(clouds, labels)
    for epoch in range(20):
        net.train()
        for x, y in batches:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
