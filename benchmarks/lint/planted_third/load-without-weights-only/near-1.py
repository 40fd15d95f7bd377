"""Transfers a network of bats' calls to another continent; files are read through one short name."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

load = partial(torch.load, map_location="cpu", weights_only=True)
FOLDER = Path("bats")


class CallNet(nn.Module):
    def __init__(self, species: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 32, 5, stride=2), nn.ReLU(), nn.Conv2d(32, 64, 5, stride=2), nn.ReLU(),
            nn.AdaptiveAvgPool2d(4), nn.Flatten(),
        )
        self.head = nn.Linear(64 * 16, species)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x))


def tensors(part: str) -> TensorDataset:
    calls = torch.from_numpy(np.load(FOLDER / f"{part}_calls.npy")).float().unsqueeze(1)
    species = torch.from_numpy(np.load(FOLDER / f"{part}_species.npy")).long()
    return TensorDataset(calls, species)


def main() -> None:
    torch.manual_seed(68)
    mean, std = load(FOLDER / "europe_scale.pt")
    net = CallNet(species=31)
    net.body.load_state_dict(load(FOLDER / "europe_body.pt"))
    net.cuda()
    train = DataLoader(tensors("africa_train"), batch_size=64, shuffle=True)
    val = DataLoader(tensors("africa_val"), batch_size=512)
    optimizer = torch.optim.Adam(
        [{"params": net.body.parameters(), "lr": 1e-4}, {"params": net.head.parameters(), "lr": 1e-3}]
    )
    for epoch in range(25):
        net.train()
        total = torch.zeros((), device="cuda")
        for call, species in train:
            loss = nn.functional.cross_entropy(net(((call - mean) / std).cuda()), species.cuda())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        net.eval()
        with torch.no_grad():
            hits = [net(((c - mean) / std).cuda()).argmax(1) == s.cuda() for c, s in val]
        share = torch.cat(hits).float().mean().item()
        print(f"{epoch:2d} loss {total.item() / len(train):.4f} val {share:.4f}")


if __name__ == "__main__":
    main()
