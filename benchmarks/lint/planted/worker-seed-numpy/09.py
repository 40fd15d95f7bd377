"""Synthetic data made on the fly by an iterable dataset."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset


class Sines(IterableDataset):
    def __init__(self, n, length=100):
        self.n, self.length = n, length
        self.rng = np.random.default_rng(seed=1)

    def __iter__(self):
        t = np.linspace(0, 1, self.length, dtype=np.float32)
        for _ in range(self.n):
            f, p = self.rng.uniform(1, 10), self.rng.uniform(0, 2 * np.pi)
            yield np.sin(2 * np.pi * f * t + p).astype(np.float32), np.float32(f)


def main(epochs=10):
    torch.manual_seed(1)
    dl = DataLoader(Sines(10_000), batch_size=64, num_workers=4)  # PLANTED
    net = nn.Sequential(nn.Linear(100, 128), nn.ReLU(), nn.Linear(128, 1))
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for x, f in dl:
            loss = nn.functional.mse_loss(net(x).squeeze(1), f)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
