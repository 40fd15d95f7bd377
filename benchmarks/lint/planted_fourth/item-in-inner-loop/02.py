"""Binary segmentation of retinal vessels with a small U-Net."""
from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm


@dataclass
class Config:
    root: Path
    epochs: int = 60
    batch_size: int = 8
    lr: float = 3e-4
    seed: int = 1234
    device: str = "cuda" if torch.cuda.is_available() else "cpu"


class VesselDataset(Dataset):
    def __init__(self, folder: Path) -> None:
        self.images = sorted((folder / "images").glob("*.png"))
        self.masks = folder / "masks"

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        path = self.images[i]
        img = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32) / 255.0
        mask = np.asarray(Image.open(self.masks / path.name).convert("L")) > 127
        return torch.from_numpy(img).permute(2, 0, 1), torch.from_numpy(mask).float()[None]


def block(cin: int, cout: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1), nn.GroupNorm(8, cout), nn.ReLU(inplace=True),
        nn.Conv2d(cout, cout, 3, padding=1), nn.GroupNorm(8, cout), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, w: int = 32) -> None:
        super().__init__()
        self.d1, self.d2, self.mid = block(3, w), block(w, 2 * w), block(2 * w, 4 * w)
        self.u2, self.u1 = block(6 * w, 2 * w), block(3 * w, w)
        self.head = nn.Conv2d(w, 1, 1)
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.d1(x)
        b = self.d2(self.pool(a))
        m = self.mid(self.pool(b))
        b = self.u2(torch.cat([self.up(m), b], dim=1))
        a = self.u1(torch.cat([self.up(b), a], dim=1))
        return self.head(a)


class Trainer:
    def __init__(self, cfg: Config) -> None:
        self.cfg = cfg
        self.device = torch.device(cfg.device)
        self.model = UNet().to(self.device)
        self.criterion = nn.BCEWithLogitsLoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=cfg.lr)
        self.train_dl = DataLoader(VesselDataset(cfg.root / "train"), cfg.batch_size, shuffle=True,
                                   num_workers=4, pin_memory=True, drop_last=True)
        self.val_dl = DataLoader(VesselDataset(cfg.root / "val"), cfg.batch_size, num_workers=4, pin_memory=True)
        self.best = 0.0

    def _to_device(self, batch):
        return [t.to(self.device, non_blocking=True) for t in batch]

    def train_epoch(self, epoch: int) -> None:
        self.model.train()
        total = torch.zeros((), device=self.device)
        bar = tqdm(self.train_dl, desc=f"epoch {epoch}")
        for batch in bar:
            x, y = self._to_device(batch)
            loss = self.criterion(self.model(x), y)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
            bar.set_postfix(loss=f"{loss.item():.4f}")  # PLANTED
        tqdm.write(f"epoch {epoch} train loss {total.item() / len(self.train_dl):.4f}")

    @torch.no_grad()
    def evaluate(self) -> float:
        self.model.eval()
        inter = torch.zeros((), device=self.device)
        denom = torch.zeros((), device=self.device)
        for batch in self.val_dl:
            x, y = self._to_device(batch)
            pred = (self.model(x) > 0).float()
            inter += (pred * y).sum()
            denom += pred.sum() + y.sum()
        return (2 * inter / denom.clamp_min(1)).item()

    def fit(self) -> None:
        for epoch in range(self.cfg.epochs):
            self.train_epoch(epoch)
            dice = self.evaluate()
            tqdm.write(f"epoch {epoch} val dice {dice:.4f}")
            if dice > self.best:
                self.best = dice
                torch.save(self.model.state_dict(), "unet_best.pt")


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("root", type=Path)
    p.add_argument("--epochs", type=int, default=60)
    a = p.parse_args()
    config = Config(root=a.root, epochs=a.epochs)
    np.random.seed(config.seed)
    torch.manual_seed(config.seed)
    Trainer(config).fit()
