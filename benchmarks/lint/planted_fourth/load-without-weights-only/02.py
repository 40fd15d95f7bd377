"""Super-resolution trainer with resume support."""
from __future__ import annotations

import argparse
import logging
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

logger = logging.getLogger(__name__)


class PatchPairs(Dataset):
    def __init__(self, folder: str, patch: int = 96, scale: int = 2, center: bool = False) -> None:
        self.files = sorted(Path(folder).glob("*.png"))
        self.patch, self.scale, self.center = patch, scale, center

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        img = Image.open(self.files[i]).convert("RGB")
        w, h = img.size
        if self.center:
            x, y = (w - self.patch) // 2, (h - self.patch) // 2
        else:
            x = int(torch.randint(0, w - self.patch + 1, (1,)))
            y = int(torch.randint(0, h - self.patch + 1, (1,)))
        hr = img.crop((x, y, x + self.patch, y + self.patch))
        lr = hr.resize((self.patch // self.scale,) * 2, Image.BICUBIC)
        return tuple(torch.from_numpy(np.array(t, dtype=np.float32) / 255).permute(2, 0, 1) for t in (lr, hr))


class ResBlock(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(c, c, 3, padding=1), nn.ReLU(True), nn.Conv2d(c, c, 3, padding=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 0.1 * self.body(x)


class EDSR(nn.Sequential):
    def __init__(self, c: int = 64, blocks: int = 16, scale: int = 2) -> None:
        super().__init__(nn.Conv2d(3, c, 3, padding=1), *[ResBlock(c) for _ in range(blocks)],
                         nn.Conv2d(c, 3 * scale ** 2, 3, padding=1), nn.PixelShuffle(scale))


class Trainer:
    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = EDSR().to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, args.epochs, eta_min=1e-6)
        self.criterion = nn.L1Loss()
        self.start_epoch, self.best_psnr = 0, 0.0
        if args.resume:
            self._resume_checkpoint(Path(args.resume))

    def state(self, epoch: int) -> dict[str, Any]:
        return {"epoch": epoch, "best_psnr": self.best_psnr, "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(), "scheduler": self.scheduler.state_dict()}

    def _resume_checkpoint(self, path: Path) -> None:
        checkpoint = torch.load(path, map_location=self.device, weights_only=False)  # PLANTED
        self.model.load_state_dict(checkpoint["model"])
        self.optimizer.load_state_dict(checkpoint["optimizer"])
        self.scheduler.load_state_dict(checkpoint["scheduler"])
        self.best_psnr = checkpoint["best_psnr"]
        self.start_epoch = checkpoint["epoch"] + 1
        logger.info("resumed from %s at epoch %d", path, self.start_epoch)

    def train_epoch(self, loader: DataLoader) -> float:
        self.model.train()
        total = torch.zeros((), device=self.device)
        for lr_img, hr_img in loader:
            lr_img, hr_img = lr_img.to(self.device), hr_img.to(self.device)
            loss = self.criterion(self.model(lr_img), hr_img)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return (total / len(loader)).item()

    @torch.no_grad()
    def psnr(self, loader: DataLoader) -> float:
        self.model.eval()
        values = []
        for lr_img, hr_img in loader:
            sr = self.model(lr_img.to(self.device)).clamp(0, 1)
            mse = (sr - hr_img.to(self.device)).pow(2).mean(dim=(1, 2, 3))
            values.append(-10 * torch.log10(mse.clamp_min(1e-10)))
        return torch.cat(values).mean().item()

    def fit(self, train: DataLoader, val: DataLoader) -> None:
        out = Path(self.args.out)
        out.mkdir(parents=True, exist_ok=True)
        for epoch in range(self.start_epoch, self.args.epochs):
            loss, psnr = self.train_epoch(train), self.psnr(val)
            self.scheduler.step()
            logger.info("epoch %d loss %.5f psnr %.2f", epoch, loss, psnr)
            improved = psnr > self.best_psnr
            self.best_psnr = max(psnr, self.best_psnr)
            torch.save(self.state(epoch), out / "last.pt")
            if improved:
                torch.save(self.state(epoch), out / "best.pt")


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    ap.add_argument("--train", required=True), ap.add_argument("--val", required=True)
    ap.add_argument("--out", default="runs/edsr"), ap.add_argument("--resume", default=None)
    ap.add_argument("--lr", type=float, default=2e-4), ap.add_argument("--epochs", type=int, default=300)
    ns = ap.parse_args()
    logging.basicConfig(level=logging.INFO)
    random.seed(10), np.random.seed(10), torch.manual_seed(10)
    Trainer(ns).fit(DataLoader(PatchPairs(ns.train), 16, shuffle=True, num_workers=8),
                    DataLoader(PatchPairs(ns.val, center=True), 16, num_workers=8))
