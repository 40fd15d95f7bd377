"""Detect epileptic spikes in EEG, windows jittered and scaled on the fly."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Windows(Dataset):
    def __init__(self, path: str, seed: int = 0):
        stored = np.load(path)
        self.eeg, self.spike = stored["eeg"].astype(np.float32), stored["spike"]
        self.jitter = Jitter(np.random.default_rng(seed))

    def __len__(self):
        return len(self.spike)

    def __getitem__(self, i):
        return torch.from_numpy(self.jitter(self.eeg[i])), int(self.spike[i])


class Jitter:
    def __init__(self, rng: np.random.Generator):
        self.rng = rng

    def __call__(self, window: np.ndarray) -> np.ndarray:
        shift = int(self.rng.integers(-32, 33))
        scale = self.rng.normal(1.0, 0.1, size=(window.shape[0], 1))
        return (np.roll(window, shift, axis=1) * scale).astype(np.float32)


def main():
    torch.manual_seed(0)
    loader = DataLoader(Windows("eeg_train.npz"), batch_size=64, shuffle=True, num_workers=8)  # PLANTED
    net = nn.Sequential(
        nn.Conv1d(19, 32, 11, 2), nn.ReLU(), nn.Conv1d(32, 64, 7, 2), nn.ReLU(),
        nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(64, 2),
    ).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(30):
        total = torch.zeros((), device="cuda")
        for x, y in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(net(x.cuda()), y.cuda())
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch}: {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
