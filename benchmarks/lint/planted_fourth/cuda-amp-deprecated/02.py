"""Road segmentation with a small U-Net."""
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.cuda.amp as amp
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image
from torch.utils.data import DataLoader, Dataset, random_split


@dataclass
class Config:
    root: Path = Path("data/roads")
    size: int = 256
    width: int = 32
    epochs: int = 40
    batchSize: int = 16
    lr: float = 3e-4
    mixedPrecision: bool = True
    seed: int = 7


class RoadDataset(Dataset):
    def __init__(self, root: Path, size: int):
        self.images = sorted((root / "images").glob("*.png"))
        self.maskDir = root / "masks"
        self.size = size

    def __len__(self):
        return len(self.images)

    def __getitem__(self, idx):
        path = self.images[idx]
        img = Image.open(path).convert("RGB").resize((self.size, self.size), Image.BILINEAR)
        mask = Image.open(self.maskDir / path.name).convert("L").resize((self.size, self.size), Image.NEAREST)
        x = torch.from_numpy(np.asarray(img, dtype=np.float32) / 127.5 - 1.0).permute(2, 0, 1)
        y = torch.from_numpy((np.asarray(mask) > 127).astype(np.float32))[None]
        return x, y


def block(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
        nn.Conv2d(cout, cout, 3, padding=1, bias=False), nn.BatchNorm2d(cout), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, w):
        super().__init__()
        self.d1, self.d2, self.d3 = block(3, w), block(w, 2 * w), block(2 * w, 4 * w)
        self.u2, self.u1 = block(6 * w, 2 * w), block(3 * w, w)
        self.out = nn.Conv2d(w, 1, 1)

    def forward(self, x):
        a = self.d1(x)
        b = self.d2(F.max_pool2d(a, 2))
        c = self.d3(F.max_pool2d(b, 2))
        b = self.u2(torch.cat([b, F.interpolate(c, scale_factor=2)], 1))
        a = self.u1(torch.cat([a, F.interpolate(b, scale_factor=2)], 1))
        return self.out(a)


def precisionContext(cfg: Config):
    if not cfg.mixedPrecision:
        return nullcontext()
    return amp.autocast(dtype=torch.bfloat16)  # PLANTED


@torch.no_grad()
def meanIou(model, loader, cfg, device):
    model.eval()
    inter = torch.zeros((), device=device)
    union = torch.zeros((), device=device)
    for x, y in loader:
        x, y = x.to(device), y.to(device).bool()
        with precisionContext(cfg):
            pred = model(x) > 0
        inter += (pred & y).sum()
        union += (pred | y).sum()
    return (inter / union.clamp(min=1)).item()


def main(cfg: Config):
    torch.manual_seed(cfg.seed)
    device = torch.device("cuda")
    full = RoadDataset(cfg.root, cfg.size)
    nVal = len(full) // 10
    trainSet, valSet = random_split(full, [len(full) - nVal, nVal], torch.Generator().manual_seed(cfg.seed))
    trainLoader = DataLoader(trainSet, cfg.batchSize, shuffle=True, num_workers=4, drop_last=True)
    valLoader = DataLoader(valSet, cfg.batchSize, num_workers=4)

    model = UNet(cfg.width).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    lossFn = nn.BCEWithLogitsLoss()
    best = 0.0
    for epoch in range(cfg.epochs):
        model.train()
        total = torch.zeros((), device=device)
        for x, y in trainLoader:
            x, y = x.to(device), y.to(device)
            with precisionContext(cfg):
                loss = lossFn(model(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        iou = meanIou(model, valLoader, cfg, device)
        print(f"[{epoch:02d}] loss={total.item() / len(trainLoader):.4f} val_iou={iou:.4f}")
        if iou > best:
            best = iou
            torch.save(model.state_dict(), "unet_best.pt")


if __name__ == "__main__":
    main(Config())
