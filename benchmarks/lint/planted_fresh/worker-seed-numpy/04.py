"""Contrastive learning of terrain from elevation maps: two random crops of each tile."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.datasets import DatasetFolder
from torchvision.transforms import Compose, Lambda

dice = np.random.RandomState(7)


def crop(tile: np.ndarray, size: int = 96) -> np.ndarray:
    top, left = dice.randint(0, tile.shape[0] - size, size=2)
    return np.rot90(tile[top : top + size, left : left + size], dice.randint(4)).copy()


def two_views(tile: np.ndarray) -> Tensor:
    return torch.stack([torch.from_numpy(crop(tile))[None].float() for _ in range(2)])


def agree(a: Tensor, b: Tensor, temperature: float = 0.1) -> Tensor:
    z = F.normalize(torch.cat([a, b]), dim=1)
    sim = (z @ z.T / temperature).masked_fill(torch.eye(len(z), device=z.device).bool(), -1e9)
    other = torch.arange(len(z), device=z.device).roll(len(a))
    return F.cross_entropy(sim, other)


def encoder(out: int = 64) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, 2), nn.ReLU(), nn.Conv2d(32, 64, 5, 2), nn.ReLU(),
        nn.Conv2d(64, 128, 3, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(128, out),
    )


if __name__ == "__main__":
    torch.manual_seed(7)
    views = Compose([Lambda(lambda t: (t - t.mean()) / (t.std() + 1e-6)), two_views])
    tiles = DatasetFolder("terrain", np.load, extensions=(".npy",), transform=views)
    loader = DataLoader(tiles, 128, shuffle=True, num_workers=6, drop_last=True)  # PLANTED
    net = encoder().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=5e-4)
    for epoch in range(100):
        total = torch.zeros((), device="cuda")
        for pair, _ in loader:
            a, b = pair.cuda().unbind(1)
            loss = agree(net(a), net(b))
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch} nt-xent {total.item() / len(loader):.4f}")
