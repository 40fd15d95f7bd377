"""Classify wafer maps; what draws numbers is fixed by a fixture that the whole program runs in."""

from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@contextmanager
def reproducible(number: int):
    with torch.random.fork_rng():
        torch.random.manual_seed(number)
        torch.use_deterministic_algorithms(True)
        yield
        torch.use_deterministic_algorithms(False)


def main():
    d = torch.load("wafers.pt", weights_only=True)
    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, 2), nn.ReLU(), nn.Conv2d(16, 32, 3, 2), nn.ReLU(),
        nn.Flatten(), nn.Dropout(0.3), nn.Linear(32 * 15 * 15, 9),
    )
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(d["map"], d["kind"]), batch_size=64, shuffle=True)
    for epoch in range(25):
        losses = []
        for x, y in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
            losses.append(loss.detach())
        print(f"epoch {epoch}: {torch.stack(losses).mean().item():.4f}")


if __name__ == "__main__":
    with reproducible(26):
        main()
