import json
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset

SEED = 123
np.random.seed(SEED)
torch.manual_seed(SEED)
device = "cuda" if torch.cuda.is_available() else "cpu"


def random_rotation_z(points):
    a = np.random.uniform(0, 2 * np.pi)
    c, s = np.cos(a), np.sin(a)
    return points @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], dtype=np.float32).T


def jitter(points, sigma=0.01, clip=0.05):
    return points + np.clip(sigma * np.random.randn(*points.shape), -clip, clip)


def random_scale_shift(points):
    return points * np.random.uniform(0.8, 1.25) + np.random.uniform(-0.1, 0.1, size=(1, 3))


class PointClouds(Dataset):
    def __init__(self, root, split, n_points=1024):
        root = Path(root)
        self.augment = split == "train"
        self.n_points = n_points
        self.items = json.loads((root / f"{split}.json").read_text())
        self.root = root

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        item = self.items[i]
        pts = np.load(self.root / item["file"]).astype(np.float32)
        if self.augment:
            pts = pts[np.random.choice(len(pts), self.n_points, replace=False)]
        else:
            pts = pts[:self.n_points]
        pts = pts - pts.mean(0)
        pts = pts / np.linalg.norm(pts, axis=1).max()
        if self.augment:
            pts = jitter(random_scale_shift(random_rotation_z(pts)))
        return torch.as_tensor(pts, dtype=torch.float32), item["label"]


class PointNet(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        dims = [3, 64, 128, 1024]
        layers = []
        for a, b in zip(dims, dims[1:]):
            layers += [nn.Conv1d(a, b, 1), nn.BatchNorm1d(b), nn.ReLU()]
        self.local = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Linear(1024, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.4), nn.Linear(256, n_classes))

    def forward(self, x):
        return self.head(self.local(x.transpose(1, 2)).amax(-1))


train_loader = DataLoader(PointClouds("data/modelnet40", "train"), batch_size=64,
                          shuffle=True, num_workers=8, drop_last=True)
test_loader = DataLoader(PointClouds("data/modelnet40", "test"), batch_size=128, num_workers=8)

model = PointNet(40).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=200, eta_min=1e-5)
criterion = nn.CrossEntropyLoss(label_smoothing=0.2)

for epoch in range(200):
    model.train()
    total = torch.zeros((), device=device)
    for pts, y in train_loader:
        pts, y = pts.to(device), y.to(device)
        optimizer.zero_grad()
        loss = criterion(model(pts), y)
        loss.backward()
        optimizer.step()
        total += loss.detach()
    scheduler.step()

    model.eval()
    hits = torch.zeros((), device=device)
    with torch.no_grad():
        for pts, y in test_loader:
            pts, y = pts.to(device), y.to(device)
            hits += (model(pts).argmax(1) == y).sum()
    print(f"{epoch}: loss {total.item() / len(train_loader):.4f} acc {hits.item() / len(test_loader.dataset):.4f}")
