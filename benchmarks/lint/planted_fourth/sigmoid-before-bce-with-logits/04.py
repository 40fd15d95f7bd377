"""Polyp segmentation, small U-Net, mixed precision."""
import random
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

IMG_SIZE = 256


class PolypDataset(Dataset):
    def __init__(self, stems, root, train):
        self.stems, self.root, self.train = stems, Path(root), train

    def __len__(self):
        return len(self.stems)

    def __getitem__(self, i):
        img = cv2.imread(str(self.root / "images" / f"{self.stems[i]}.jpg"))
        img = cv2.cvtColor(img, cv2.COLOR_BGR2RGB)
        msk = cv2.imread(str(self.root / "masks" / f"{self.stems[i]}.png"), cv2.IMREAD_GRAYSCALE)
        img = cv2.resize(img, (IMG_SIZE, IMG_SIZE))
        msk = cv2.resize(msk, (IMG_SIZE, IMG_SIZE), interpolation=cv2.INTER_NEAREST)
        x = torch.from_numpy(img).permute(2, 0, 1).float() / 127.5 - 1.0
        y = torch.from_numpy((msk > 127).astype(np.float32))[None]
        if self.train and torch.rand(1).item() < 0.5:
            x, y = torch.flip(x, [2]), torch.flip(y, [2])
        return x, y


def double_conv(i, o):
    return nn.Sequential(
        nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True),
        nn.Conv2d(o, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True),
    )


class UNet(nn.Module):
    def __init__(self, widths=(32, 64, 128, 256)):
        super().__init__()
        self.downs = nn.ModuleList()
        c = 3
        for w in widths:
            self.downs.append(double_conv(c, w))
            c = w
        self.ups, self.merges = nn.ModuleList(), nn.ModuleList()
        for w in reversed(widths[:-1]):
            self.ups.append(nn.ConvTranspose2d(c, w, 2, 2))
            self.merges.append(double_conv(2 * w, w))
            c = w
        self.head = nn.Conv2d(c, 1, 1)

    def forward(self, x):
        skips = []
        for k, down in enumerate(self.downs):
            x = down(x if k == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        for up, merge, skip in zip(self.ups, self.merges, reversed(skips[:-1])):
            x = merge(torch.cat([skip, up(x)], dim=1))
        return self.head(x)


class DiceBCELoss(nn.Module):
    def __init__(self, smooth=1.0, bce_weight=1.0):
        super().__init__()
        self.smooth, self.bce_weight = smooth, bce_weight

    def forward(self, inputs, targets):
        inputs = torch.sigmoid(inputs.float())  # PLANTED
        inputs = inputs.flatten(1)
        targets = targets.flatten(1)
        intersection = (inputs * targets).sum(1)
        dice = (2.0 * intersection + self.smooth) / (inputs.sum(1) + targets.sum(1) + self.smooth)
        bce = F.binary_cross_entropy_with_logits(inputs, targets)
        return self.bce_weight * bce + (1 - dice).mean()


@torch.no_grad()
def val_dice(model, loader, device):
    model.eval()
    scores = []
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        pred = (model(x) > 0).float()
        num = 2 * (pred * y).flatten(1).sum(1)
        den = pred.flatten(1).sum(1) + y.flatten(1).sum(1)
        scores.append((num + 1) / (den + 1))
    return torch.cat(scores).mean().item()


def main(root="data/kvasir", epochs=80, bs=16, lr=1e-3, seed=3407):
    random.seed(seed)
    torch.manual_seed(seed)
    device = torch.device("cuda")
    stems = sorted(p.stem for p in Path(root, "images").glob("*.jpg"))
    random.shuffle(stems)
    cut = int(0.85 * len(stems))
    train_dl = DataLoader(PolypDataset(stems[:cut], root, True), bs, shuffle=True, num_workers=4, drop_last=True)
    val_dl = DataLoader(PolypDataset(stems[cut:], root, False), bs, num_workers=4)

    model = UNet().to(device)
    loss_fn = DiceBCELoss()
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, epochs)
    scaler = torch.amp.GradScaler("cuda")
    best = 0.0
    for ep in range(epochs):
        model.train()
        for it, (x, y) in enumerate(train_dl):
            x, y = x.to(device), y.to(device)
            opt.zero_grad(set_to_none=True)
            with torch.amp.autocast("cuda"):
                loss = loss_fn(model(x), y)
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
            if it % 20 == 0:
                print(f"ep {ep} it {it} loss {loss.item():.4f}")
        sched.step()
        score = val_dice(model, val_dl, device)
        print(f"ep {ep} dice {score:.4f}")
        if score > best:
            best = score
            torch.save(model.state_dict(), "unet_best.pth")


if __name__ == "__main__":
    main()
