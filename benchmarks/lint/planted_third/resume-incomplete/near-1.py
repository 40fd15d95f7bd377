"""Trains a colouriser in half precision; all that has a state is written and read by name."""

from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

FILE = Path("colour.ckpt")
EPOCHS = 45


def save(parts, epoch):
    torch.save({"epoch": epoch} | {name: part.state_dict() for name, part in parts.items()}, FILE)


def restore(parts):
    if not FILE.exists():
        return 0
    saved = torch.load(FILE, map_location="cuda", weights_only=True)
    epoch = saved.pop("epoch")
    for name, content in saved.items():
        parts[name].load_state_dict(content)
    return epoch + 1


def main():
    torch.manual_seed(61)
    lab = torch.load("lab.pt", weights_only=True)
    loader = DataLoader(TensorDataset(lab[:, :1], lab[:, 1:]), batch_size=64, shuffle=True, pin_memory=True)
    net = nn.Sequential(
        nn.Conv2d(1, 64, 7, padding=3), nn.ReLU(),
        nn.Conv2d(64, 64, 7, padding=3), nn.ReLU(),
        nn.Conv2d(64, 2, 7, padding=3),
    ).cuda()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[25, 38])
    scaler = torch.amp.GradScaler("cuda")
    parts = {"net": net, "optimizer": optimizer, "schedule": schedule, "scaler": scaler}

    for epoch in range(restore(parts), EPOCHS):
        net.train()
        for grey, colour in loader:
            with torch.autocast("cuda", dtype=torch.float16):
                loss = nn.functional.smooth_l1_loss(net(grey.cuda()), colour.cuda())
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        schedule.step()
        print(f"epoch {epoch}: {loss.item():.4f}")
        save(parts, epoch)


main()
