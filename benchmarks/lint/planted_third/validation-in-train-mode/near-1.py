"""Trains a model of birdsong; modes are entered and left by a context manager."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@contextmanager
def judging(*modules: nn.Module) -> Iterator[None]:
    before = [module.training for module in modules]
    for module in modules:
        module.train(False)
    try:
        with torch.inference_mode():
            yield
    finally:
        for module, mode in zip(modules, before):
            module.train(mode)


def main() -> None:
    torch.manual_seed(92)
    songs = torch.load("songs.pt", weights_only=True)
    train = DataLoader(TensorDataset(*songs["train"]), batch_size=64, shuffle=True)
    valid = DataLoader(TensorDataset(*songs["valid"]), batch_size=256)
    ear = nn.Sequential(nn.Conv1d(80, 128, 5), nn.BatchNorm1d(128), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    name = nn.Sequential(nn.Dropout(0.5), nn.Linear(128, 200))
    optimizer = torch.optim.Adam([*ear.parameters(), *name.parameters()], lr=1e-3)
    criterion = nn.CrossEntropyLoss()

    ear.train()
    name.train()
    for epoch in range(30):
        for song, bird in train:
            optimizer.zero_grad()
            loss = criterion(name(ear(song)), bird)
            loss.backward()
            optimizer.step()
        right = []
        with judging(ear, name):
            for song, bird in valid:
                right.append(name(ear(song)).argmax(1) == bird)
        print(epoch, f"{loss.item():.3f}", f"{torch.cat(right).float().mean().item():.3f}")


if __name__ == "__main__":
    main()
