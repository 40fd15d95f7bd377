"""Trains a detector of heart arrhythmia on electrocardiograms that are disturbed at random."""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class Disturb:
    """Scales, shifts and adds noise to a signal of shape (leads, samples)."""

    noise: float = 0.05
    shift: int = 100
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(2023))

    def __call__(self, signal: np.ndarray) -> np.ndarray:
        moved = np.roll(signal, self.random.integers(-self.shift, self.shift), axis=1)
        scaled = moved * self.random.uniform(0.8, 1.2, size=(len(signal), 1))
        return scaled + self.random.normal(0, self.noise, signal.shape)


class Hearts(Dataset):
    def __init__(self, path, transform=None):
        self.signals = np.load(path, mmap_mode="r")
        self.labels = np.load(path.replace(".npy", "_labels.npy"))
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        signal = np.array(self.signals[i])
        if self.transform is not None:
            signal = self.transform(signal)
        return torch.from_numpy(signal).float(), int(self.labels[i])


def main():
    torch.manual_seed(2023)
    train = DataLoader(Hearts("train.npy", Disturb()), batch_size=64, shuffle=True, num_workers=6)  # PLANTED
    valid = DataLoader(Hearts("valid.npy"), batch_size=256, num_workers=2)
    net = nn.Sequential(
        nn.Conv1d(12, 64, 15, stride=3), nn.ReLU(), nn.Conv1d(64, 128, 9, stride=3), nn.ReLU(),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(128, 5),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(40):
        net.train()
        for signal, rhythm in train:
            optimizer.zero_grad()
            loss = criterion(net(signal), rhythm)
            loss.backward()
            optimizer.step()
        net.eval()
        with torch.no_grad():
            right = torch.cat([net(signal).argmax(1) == rhythm for signal, rhythm in valid])
        print(f"epoch {epoch} loss {loss.item():.4f} right {right.float().mean().item():.3f}")


if __name__ == "__main__":
    main()
