# Super-resolution (x4) with mixed precision and gradient accumulation
import argparse
import glob
import math
import os
import random

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision.io import ImageReadMode, read_image

SCALE = 4


class DIV2KPatches(Dataset):
    def __init__(self, folder, patch=192, train=True):
        self.files = sorted(glob.glob(os.path.join(folder, "*.png")))
        self.patch, self.train = patch, train

    def __len__(self):
        return len(self.files) * (16 if self.train else 1)

    def __getitem__(self, i):
        hr = read_image(self.files[i % len(self.files)], ImageReadMode.RGB).float() / 255
        h, w = hr.shape[1:]
        if self.train:
            top, left = random.randint(0, h - self.patch), random.randint(0, w - self.patch)
        else:
            top, left = (h - self.patch) // 2, (w - self.patch) // 2
        hr = hr[:, top:top + self.patch, left:left + self.patch]
        if self.train and random.random() < 0.5:
            hr = hr.flip(-1)
        lr = F.interpolate(hr[None], scale_factor=1 / SCALE, mode="bicubic", antialias=True)[0].clamp(0, 1)
        return lr, hr


class ResBlock(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(ch, ch, 3, 1, 1), nn.ReLU(True), nn.Conv2d(ch, ch, 3, 1, 1))

    def forward(self, x):
        return x + 0.1 * self.body(x)


class EDSR(nn.Module):
    def __init__(self, ch=64, blocks=16):
        super().__init__()
        self.head = nn.Conv2d(3, ch, 3, 1, 1)
        self.body = nn.Sequential(*[ResBlock(ch) for _ in range(blocks)], nn.Conv2d(ch, ch, 3, 1, 1))
        self.tail = nn.Sequential(nn.Conv2d(ch, 3 * SCALE ** 2, 3, 1, 1), nn.PixelShuffle(SCALE))

    def forward(self, x):
        x = self.head(x - 0.5)
        return self.tail(x + self.body(x)) + 0.5


def psnr(model, loader, device):
    model.eval()
    total = 0.0
    with torch.no_grad():
        for lr, hr in loader:
            sr = model(lr.to(device)).clamp(0, 1)
            mse = F.mse_loss(sr, hr.to(device), reduction="none").mean(dim=(1, 2, 3))
            total += (-10 / math.log(10) * mse.clamp_min(1e-10).log()).sum().item()
    return total / len(loader.dataset)


def train_epoch(model, loader, optimizer, scaler, device, args, epoch):
    model.train()
    optimizer.zero_grad(set_to_none=True)
    n_batches = len(loader) // args.accum * args.accum
    for i, (lr, hr) in enumerate(loader):
        if i >= n_batches:
            break
        lr, hr = lr.to(device, non_blocking=True), hr.to(device, non_blocking=True)
        with torch.amp.autocast("cuda", dtype=torch.float16):
            sr = model(lr)
        loss = F.l1_loss(sr.float(), hr)
        scaler.scale(loss / args.accum).backward()  # PLANTED
        if (i + 1) % args.accum == 0:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), args.clip)
            scaler.update()
            optimizer.zero_grad(set_to_none=True)
        if i % 100 == 0:
            print(f"[{epoch}] {i}/{len(loader)} L1 {loss.item():.4f} scale {scaler.get_scale():.0f}")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--train-dir", default="DIV2K/DIV2K_train_HR")
    ap.add_argument("--val-dir", default="DIV2K/DIV2K_valid_HR")
    ap.add_argument("--epochs", type=int, default=100)
    ap.add_argument("--batch", type=int, default=8)
    ap.add_argument("--accum", type=int, default=2)
    ap.add_argument("--lr", type=float, default=1e-4)
    ap.add_argument("--clip", type=float, default=1.0)
    args = ap.parse_args()

    random.seed(8)
    torch.manual_seed(8)
    device = torch.device("cuda")
    train_dl = DataLoader(DIV2KPatches(args.train_dir), args.batch, shuffle=True, num_workers=8, pin_memory=True)
    val_dl = DataLoader(DIV2KPatches(args.val_dir, train=False), args.batch, num_workers=4)

    model = EDSR().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    scaler = torch.amp.GradScaler("cuda")
    best = 0.0
    for epoch in range(args.epochs):
        train_epoch(model, train_dl, optimizer, scaler, device, args, epoch)
        score = psnr(model, val_dl, device)
        print(f"[{epoch}] PSNR {score:.2f} dB")
        if score > best:
            best = score
            torch.save(model.state_dict(), "edsr_best.pt")


if __name__ == "__main__":
    main()
