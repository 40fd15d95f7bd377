"""Road segmentation in half precision; keeps the last state and the best one by IoU."""

import os

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models.segmentation import lraspp_mobilenet_v3_large

from roads import RoadTiles


def iou(model, loader):
    model.eval()
    inter, union = torch.zeros(()).cuda(), torch.zeros(()).cuda()
    with torch.no_grad():
        for tile, mask in loader:
            pred = model(tile.cuda())["out"].squeeze(1) > 0
            mask = mask.cuda().bool()
            inter += (pred & mask).sum()
            union += (pred | mask).sum()
    model.train()
    return (inter / union.clamp(min=1)).item()


torch.manual_seed(50)
model = lraspp_mobilenet_v3_large(weights=None, num_classes=1).cuda()
opt = torch.optim.Adam(model.parameters(), lr=5e-4)
scaler = torch.amp.GradScaler("cuda")
bce = nn.BCEWithLogitsLoss()
train = DataLoader(RoadTiles("train"), 24, shuffle=True, num_workers=8)
val = DataLoader(RoadTiles("val"), 48, num_workers=8)

start = 0
if os.path.isfile("last.pth"):
    state = torch.load("last.pth", weights_only=True)
    model.load_state_dict(state["model"])
    opt.load_state_dict(state["opt"])
    scaler.load_state_dict(state["scaler"])
    start = state["epoch"] + 1
best_iou = 0.0  # PLANTED

for epoch in range(start, 120):
    for tile, mask in train:
        with torch.autocast("cuda", dtype=torch.float16):
            loss = bce(model(tile.cuda())["out"].squeeze(1), mask.float().cuda())
        opt.zero_grad()
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
    now = iou(model, val)
    better = now > best_iou
    best_iou = max(now, best_iou)
    print(f"epoch {epoch} loss {loss.item():.4f} iou {now:.4f} best {best_iou:.4f}")
    state = {"model": model.state_dict(), "opt": opt.state_dict(), "scaler": scaler.state_dict(),
             "epoch": epoch, "best_iou": best_iou}
    torch.save(state, "last.pth")
    if better:
        torch.save(state, "best.pth")
