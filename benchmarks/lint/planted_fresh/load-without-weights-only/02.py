"""Fit probes on hidden states that another program wrote, one shard after the other."""

from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

read = partial(torch.load, map_location="cpu", mmap=True)  # PLANTED


def shards(folder: Path) -> tuple[Tensor, Tensor]:
    parts = [read(path) for path in sorted(folder.glob("layer12-*.pt"))]
    return torch.cat([p["hidden"] for p in parts]), torch.cat([p["label"] for p in parts])


def fit(x: Tensor, y: Tensor, classes: int, epochs: int = 30) -> nn.Linear:
    probe = nn.Linear(x.size(1), classes)
    opt = torch.optim.Adam(probe.parameters(), lr=1e-3)
    loader = DataLoader(TensorDataset(x, y), batch_size=512, shuffle=True)
    for epoch in range(epochs):
        total = torch.zeros(())
        for xb, yb in loader:
            loss = nn.functional.cross_entropy(probe(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")
    return probe


if __name__ == "__main__":
    torch.manual_seed(12)
    hidden, labels = shards(Path("states/train"))
    mean, std = hidden.mean(0), hidden.std(0) + 1e-6
    probe = fit((hidden - mean) / std, labels, classes=17)
    held, held_labels = shards(Path("states/test"))
    with torch.no_grad():
        right = (probe((held - mean) / std).argmax(1) == held_labels).float().mean()
    print(f"accuracy {right.item():.3f}")
