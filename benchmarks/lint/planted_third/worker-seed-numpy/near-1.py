"""Trains a classifier of 3-d point clouds; each worker draws its rotations by itself."""

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Clouds(Dataset):
    def __init__(self, path):
        stored = np.load(path)
        self.points, self.labels = stored["points"].astype(np.float32), stored["labels"]
        self.rng = np.random.default_rng(1)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        angle = self.rng.uniform(0, 2 * np.pi)
        c, s = np.cos(angle), np.sin(angle)
        turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], dtype=np.float32)
        return self.points[i] @ turn.T, int(self.labels[i])


def own_generator(_):
    worker = get_worker_info()
    worker.dataset.rng = np.random.default_rng(worker.seed)


class PointNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.each = nn.Sequential(nn.Linear(3, 64), nn.ReLU(), nn.Linear(64, 256), nn.ReLU())
        self.all = nn.Sequential(nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, classes))

    def forward(self, points):
        return self.all(self.each(points).amax(dim=1))


def main():
    torch.manual_seed(1)
    clouds = Clouds("clouds.npz")
    loader = DataLoader(clouds, batch_size=32, shuffle=True, num_workers=4, worker_init_fn=own_generator)
    net = PointNet(int(clouds.labels.max()) + 1)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(50):
        for points, label in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(points), label)
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: {loss.item():.4f}")


if __name__ == "__main__":
    main()
