"""Sketch-to-keypoint heatmap regression, mixed precision."""
import argparse
import json
from pathlib import Path

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR
from torch.utils.data import DataLoader, Dataset


class HeatmapDataset(Dataset):
    def __init__(self, root, split):
        self.root = Path(root) / split
        self.items = json.loads((self.root / "index.json").read_text())

    def __len__(self):
        return len(self.items)

    def __getitem__(self, idx):
        blob = torch.load(self.root / self.items[idx], weights_only=True)
        return blob["image"], blob["heatmaps"]


def conv(i, o, stride=1):
    return nn.Sequential(nn.Conv2d(i, o, 3, stride, 1), nn.GroupNorm(8, o), nn.SiLU())


class HeatmapNet(nn.Module):
    def __init__(self, n_keypoints, width=48):
        super().__init__()
        self.stem = nn.Sequential(conv(3, width, 2), conv(width, width * 2, 2))
        self.trunk = nn.Sequential(*[conv(width * 2, width * 2) for _ in range(4)])
        self.head = nn.Conv2d(width * 2, n_keypoints, 1)

    def forward(self, x):
        return self.head(self.trunk(self.stem(x)))


def build_optimizer(model, args):
    return torch.optim.Adam(model.parameters(), lr=args.lr)


def build_scheduler(optimizer, args):
    ramp = LinearLR(optimizer, start_factor=0.1, total_iters=args.warmup_epochs)
    cosine = CosineAnnealingLR(optimizer, T_max=args.epochs - args.warmup_epochs, eta_min=args.lr * 0.01)
    return SequentialLR(optimizer, [ramp, cosine], milestones=[args.warmup_epochs])


def train_one_epoch(model, loader, loss_fn, optimizer, scheduler, scaler, device, epoch, log_every=50):
    model.train()
    total = torch.zeros((), device=device)
    for it, (images, heatmaps) in enumerate(loader):
        images = images.to(device, non_blocking=True)
        heatmaps = heatmaps.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=torch.float16, enabled=scaler.is_enabled()):
            loss = loss_fn(model(images), heatmaps)
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
        scheduler.step()  # PLANTED
        total += loss.detach()
        if it % log_every == 0:
            print(f"[{epoch}:{it:04d}] loss {loss.item():.6f} lr {optimizer.param_groups[0]['lr']:.2e}")
    return total.item() / len(loader)


@torch.no_grad()
def mean_error(model, loader, device):
    model.eval()
    err, n = torch.zeros((), device=device), 0
    for images, heatmaps in loader:
        pred = model(images.to(device)).flatten(2).argmax(-1)
        gold = heatmaps.to(device).flatten(2).argmax(-1)
        w = heatmaps.size(-1)
        dy = (pred // w - gold // w).float()
        dx = (pred % w - gold % w).float()
        err += torch.hypot(dx, dy).sum()
        n += pred.numel()
    return err.item() / n


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--root", default="data/sketches")
    p.add_argument("--keypoints", type=int, default=21)
    p.add_argument("--epochs", type=int, default=60)
    p.add_argument("--warmup-epochs", type=int, default=5)
    p.add_argument("--batch-size", type=int, default=32)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--seed", type=int, default=77)
    args = p.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_loader = DataLoader(HeatmapDataset(args.root, "train"), args.batch_size, shuffle=True, num_workers=4, pin_memory=True)
    val_loader = DataLoader(HeatmapDataset(args.root, "val"), args.batch_size, num_workers=4)
    model = HeatmapNet(args.keypoints).to(device)
    optimizer = build_optimizer(model, args)
    scheduler = build_scheduler(optimizer, args)
    scaler = torch.amp.GradScaler(device.type, enabled=device.type == "cuda")
    loss_fn = nn.MSELoss()

    best = float("inf")
    for epoch in range(args.epochs):
        loss = train_one_epoch(model, train_loader, loss_fn, optimizer, scheduler, scaler, device, epoch)
        err = mean_error(model, val_loader, device)
        print(f"epoch {epoch} loss {loss:.6f} pixel error {err:.3f}")
        if err < best:
            best = err
            torch.save(model.state_dict(), "keypoints_best.pt")


if __name__ == "__main__":
    main()
