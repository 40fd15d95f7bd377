"""Stream synthetic line drawings for ever and learn to say where their corners are."""

import itertools

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset


class Drawings(IterableDataset):
    def __init__(self, size: int, seed: int) -> None:
        self.size, self.seed = size, seed

    def __iter__(self):
        rng = np.random.Generator(np.random.PCG64(self.seed))
        while True:
            corners = rng.uniform(0.1, 0.9, size=(3, 2)).astype(np.float32)
            yield self.draw(corners), corners.reshape(-1)

    def draw(self, corners: np.ndarray) -> np.ndarray:
        canvas = np.zeros((1, self.size, self.size), np.float32)
        for a, b in itertools.combinations(corners, 2):
            t = np.linspace(0, 1, 2 * self.size, dtype=np.float32)[:, None]
            rows, cols = ((a + t * (b - a)) * (self.size - 1)).round().astype(int).T
            canvas[0, rows, cols] = 1.0
        return canvas


torch.manual_seed(48)
stream = DataLoader(Drawings(64, seed=48), batch_size=128, num_workers=6)  # PLANTED
net = nn.Sequential(
    nn.Conv2d(1, 32, 3, 2), nn.ReLU(), nn.Conv2d(32, 64, 3, 2), nn.ReLU(),
    nn.Conv2d(64, 64, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 49, 6), nn.Sigmoid(),
)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for step, (drawing, corners) in enumerate(itertools.islice(stream, 20_000)):
    opt.zero_grad()
    loss = nn.functional.smooth_l1_loss(net(drawing), corners, beta=0.05)
    loss.backward()
    opt.step()
    if step % 250 == 0:
        print(f"step {step} loss {loss.item():.5f}")
