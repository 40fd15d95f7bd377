"""Detect traffic signs with torchvision's Faster R-CNN in mixed precision."""

import torch
from torch.cuda.amp import autocast
from torch.utils.data import DataLoader
from torchvision.models.detection import fasterrcnn_resnet50_fpn_v2

from signs import TrafficSigns


def collate(batch):
    return tuple(zip(*batch))


def to_cuda(target):
    return {name: value.cuda() for name, value in target.items()}


torch.manual_seed(43)
detector = fasterrcnn_resnet50_fpn_v2(num_classes=44).cuda()
opt = torch.optim.SGD(detector.parameters(), lr=5e-3, momentum=0.9)
sched = torch.optim.lr_scheduler.MultiStepLR(opt, milestones=[8, 11])
scaler = torch.amp.GradScaler("cuda")
loader = DataLoader(TrafficSigns("train"), batch_size=4, shuffle=True, collate_fn=collate)

detector.train()
for epoch in range(12):
    for i, (images, targets) in enumerate(loader):
        images, targets = [im.cuda() for im in images], [to_cuda(t) for t in targets]
        opt.zero_grad()
        with autocast(dtype=torch.float16):  # PLANTED
            losses = detector(images, targets)
            loss = sum(losses.values())
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
        if i % 50 == 0:
            parts = "  ".join(f"{k} {v.item():.3f}" for k, v in losses.items())
            print(f"epoch {epoch} batch {i}  {parts}")
    sched.step()
