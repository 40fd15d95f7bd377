"""SimCLR pre-training; the projector and the InfoNCE loss run in float32."""
import random

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms as T

HP = dict(seed=5, batch=512, epochs=200, lr=0.3, warmup=10, tau=0.2, dim=128)


class TwoViews:
    def __init__(self, tf):
        self.tf = tf

    def __call__(self, img):
        return self.tf(img), self.tf(img)


augment = T.Compose([
    T.RandomResizedCrop(32, scale=(0.2, 1.0)),
    T.RandomHorizontalFlip(),
    T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
    T.RandomGrayscale(p=0.2),
    T.ToTensor(),
    T.Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
])


def info_nce(za, zb, tau):
    z = F.normalize(torch.cat([za, zb]), dim=1)
    sim = z @ z.t() / tau
    sim.fill_diagonal_(float("-inf"))
    n = len(za)
    target = torch.arange(2 * n, device=z.device).roll(n)
    return F.cross_entropy(sim, target)


def build(device):
    backbone = torchvision.models.resnet18(num_classes=10)
    backbone.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    backbone.maxpool = nn.Identity()
    width = backbone.fc.in_features
    backbone.fc = nn.Identity()
    projector = nn.Sequential(nn.Linear(width, width), nn.ReLU(inplace=True), nn.Linear(width, HP["dim"]))
    return backbone.to(device), projector.to(device)


def main():
    random.seed(HP["seed"])
    np.random.seed(HP["seed"])
    torch.manual_seed(HP["seed"])
    device = torch.device("cuda")
    ds = torchvision.datasets.CIFAR10("./data", train=True, download=True, transform=TwoViews(augment))
    loader = DataLoader(ds, HP["batch"], shuffle=True, drop_last=True, num_workers=8, pin_memory=True)

    backbone, projector = build(device)
    params = list(backbone.parameters()) + list(projector.parameters())
    opt = torch.optim.SGD(params, lr=HP["lr"], momentum=0.9)
    sched = torch.optim.lr_scheduler.SequentialLR(
        opt,
        [torch.optim.lr_scheduler.LinearLR(opt, 0.1, total_iters=HP["warmup"]),
         torch.optim.lr_scheduler.CosineAnnealingLR(opt, HP["epochs"] - HP["warmup"])],
        milestones=[HP["warmup"]],
    )

    for epoch in range(HP["epochs"]):
        backbone.train()
        projector.train()
        total = torch.zeros((), device=device)
        for (va, vb), _ in loader:
            views = torch.cat([va, vb]).to(device, non_blocking=True)
            opt.zero_grad(set_to_none=True)
            with torch.autocast("cuda", dtype=torch.bfloat16):
                feats = backbone(views)
            with torch.autocast("cuda", enabled=False):
                za, zb = projector(feats.float()).chunk(2)
                loss = info_nce(za, zb, HP["tau"])
                loss.backward()
            opt.step()
            total += loss.detach()
        sched.step()
        print(f"epoch {epoch} loss {(total / len(loader)).item():.4f}")
        if (epoch + 1) % 20 == 0:
            torch.save({"backbone": backbone.state_dict(), "projector": projector.state_dict(),
                        "opt": opt.state_dict(), "sched": sched.state_dict(), "epoch": epoch}, "simclr.pt")


if __name__ == "__main__":
    main()
