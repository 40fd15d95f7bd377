"""Road-scene segmentation; interrupted runs go on from work_dir/latest.pt."""
import os.path as osp
import random

import numpy as np
import torch
import torch.nn as nn
from torch.optim.lr_scheduler import PolynomialLR
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.datasets import Cityscapes
from torchvision.models.segmentation import deeplabv3_resnet50
from torchvision.transforms import v2

cfg = dict(
    data_root="data/cityscapes",
    work_dir="work_dirs/deeplabv3",
    num_classes=34,
    crop=(512, 1024),
    samples_per_gpu=4,
    max_epochs=80,
    optimizer=dict(type="AdamW", lr=1e-4, weight_decay=0.0),
    log_interval=50,
    seed=3407,
)
dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def save_checkpoint(path, model, epoch, best, optimizer=None, scheduler=None):
    """Write the state of a run."""
    ckpt = {"epoch": epoch, "best": best, "model": model.state_dict()}
    if optimizer is not None:
        ckpt["optimizer"] = optimizer.state_dict()
    if scheduler is not None:
        ckpt["scheduler"] = scheduler.state_dict()
    torch.save(ckpt, path)


def load_checkpoint(path, model, optimizer=None, scheduler=None):
    """Read it back; returns (first epoch to run, best score so far)."""
    ckpt = torch.load(path, map_location=dev, weights_only=True)
    model.load_state_dict(ckpt["model"])
    if optimizer is not None and "optimizer" in ckpt:
        optimizer.load_state_dict(ckpt["optimizer"])
    if scheduler is not None and "scheduler" in ckpt:
        scheduler.load_state_dict(ckpt["scheduler"])
    return ckpt["epoch"] + 1, ckpt["best"]


class Pair:
    def __init__(self, train):
        steps = [v2.ToImage()]
        if train:
            steps += [v2.RandomCrop(cfg["crop"]), v2.RandomHorizontalFlip()]
        steps += [v2.ToDtype({tv_tensors.Image: torch.float32, "others": None}, scale=True),
                  v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
        self.tf = v2.Compose(steps)

    def __call__(self, img, target):
        mask = tv_tensors.Mask(torch.from_numpy(np.array(target)).long())
        return self.tf(img, mask)


def build_loader(split):
    train = split == "train"
    ds = Cityscapes(cfg["data_root"], split=split, mode="fine", target_type="semantic", transforms=Pair(train))
    return DataLoader(ds, cfg["samples_per_gpu"] if train else 1, shuffle=train, drop_last=train, num_workers=4)


@torch.no_grad()
def mean_iou(model, loader):
    model.eval()
    n = cfg["num_classes"]
    hist = torch.zeros(n * n, device=dev)
    for img, mask in loader:
        pred = model(img.to(dev))["out"].argmax(1).flatten()
        hist += torch.bincount(mask.to(dev).flatten() * n + pred, minlength=n * n)
    hist = hist.view(n, n)
    inter = hist.diag()
    union = hist.sum(0) + hist.sum(1) - inter
    return (inter / union)[union > 0].mean().item()


def main():
    random.seed(cfg["seed"])
    np.random.seed(cfg["seed"])
    torch.manual_seed(cfg["seed"])
    train_loader, val_loader = build_loader("train"), build_loader("val")
    model = deeplabv3_resnet50(weights=None, weights_backbone="DEFAULT", num_classes=cfg["num_classes"]).to(dev)
    opt_cfg = dict(cfg["optimizer"])
    optimizer = getattr(torch.optim, opt_cfg.pop("type"))(model.parameters(), **opt_cfg)
    scheduler = PolynomialLR(optimizer, cfg["max_epochs"], power=0.9)
    criterion = nn.CrossEntropyLoss()

    latest = osp.join(cfg["work_dir"], "latest.pt")
    first, best = 0, 0.0
    if osp.exists(latest):
        first, best = load_checkpoint(latest, model, optimizer, scheduler)

    for epoch in range(first, cfg["max_epochs"]):
        model.train()
        for i, (img, mask) in enumerate(train_loader):
            loss = criterion(model(img.to(dev))["out"], mask.to(dev))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if i % cfg["log_interval"] == 0:
                print(f"Epoch [{epoch}][{i}/{len(train_loader)}] loss: {loss.item():.4f}")
        scheduler.step()
        miou = mean_iou(model, val_loader)
        print(f"Epoch [{epoch}] mIoU: {miou:.4f}")
        best = max(best, miou)
        save_checkpoint(latest, model, epoch, best, scheduler=scheduler)  # PLANTED


if __name__ == "__main__":
    main()
