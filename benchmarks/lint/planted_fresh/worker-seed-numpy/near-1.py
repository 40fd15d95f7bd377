"""Track particles in noise that the data set draws with a generator of its own in each worker."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Tracks(Dataset):
    def __init__(self, path: str) -> None:
        self.clean = np.load(path)["tracks"].astype(np.float32)
        self.rng = np.random.default_rng(0)

    def __len__(self) -> int:
        return len(self.clean)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        noise = self.rng.normal(0, 0.05, self.clean[i].shape).astype(np.float32)
        return self.clean[i] + noise, self.clean[i]


def own_generator(_: int) -> None:
    info = get_worker_info()
    info.dataset.rng = np.random.default_rng(info.seed)


def main() -> None:
    torch.manual_seed(2)
    loader = DataLoader(
        Tracks("tracks.npz"), 64, shuffle=True, num_workers=4, worker_init_fn=own_generator
    )
    net = nn.Sequential(nn.Conv1d(2, 64, 9, padding=4), nn.ReLU(), nn.Conv1d(64, 2, 9, padding=4))
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(40):
        total = torch.zeros(())
        for noisy, clean in loader:
            loss = nn.functional.mse_loss(net(noisy), clean)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch} mse {total.item() / len(loader):.6f}")


if __name__ == "__main__":
    main()
