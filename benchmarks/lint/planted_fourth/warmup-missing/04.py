"""Train a ViT-S from scratch on Tiny-ImageNet, bf16 autocast, cosine decay."""
from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import Callable

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.models import VisionTransformer

LOG = logging.getLogger("vit")
REGISTRY: dict[str, Callable[[int], nn.Module]] = {}


def register(fn):
    REGISTRY[fn.__name__] = fn
    return fn


@register
def vit_tiny(num_classes: int) -> nn.Module:
    return VisionTransformer(64, 8, num_layers=12, num_heads=3, hidden_dim=192, mlp_dim=768,
                             dropout=0.1, num_classes=num_classes)


@register
def vit_small(num_classes: int) -> nn.Module:
    return VisionTransformer(64, 8, num_layers=12, num_heads=6, hidden_dim=384, mlp_dim=1536,
                             dropout=0.1, num_classes=num_classes)


def split_params(model: nn.Module, weight_decay: float) -> list[dict]:
    plain, matrices = [], []
    for name, p in model.named_parameters():
        skip = p.ndim == 1 or name.endswith(("class_token", "pos_embedding"))
        (plain if skip else matrices).append(p)
    return [{"params": matrices, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]


def make_loaders(root: Path, batch_size: int) -> tuple[DataLoader, DataLoader]:
    norm = transforms.Normalize((0.480, 0.448, 0.397), (0.277, 0.269, 0.282))
    train_tf = transforms.Compose([
        transforms.RandomResizedCrop(64, scale=(0.3, 1.0)),
        transforms.RandomHorizontalFlip(),
        transforms.RandAugment(2, 9),
        transforms.ToTensor(),
        norm,
        transforms.RandomErasing(0.25),
    ])
    val_tf = transforms.Compose([transforms.Resize(64), transforms.CenterCrop(64), transforms.ToTensor(), norm])
    train = datasets.ImageFolder(str(root / "train"), train_tf)
    val = datasets.ImageFolder(str(root / "val"), val_tf)
    opts = {"batch_size": batch_size, "num_workers": 8, "pin_memory": True}
    return DataLoader(train, shuffle=True, drop_last=True, **opts), DataLoader(val, **opts)


@torch.no_grad()
def validate(model: nn.Module, loader: DataLoader, device: torch.device) -> float:
    model.eval()
    hit, n = torch.zeros((), device=device), 0
    for x, y in loader:
        with torch.autocast(device.type, dtype=torch.bfloat16):
            logits = model(x.to(device, non_blocking=True))
        hit += (logits.argmax(1) == y.to(device)).sum()
        n += y.numel()
    return hit.item() / n


def main() -> None:
    ap = argparse.ArgumentParser()
    ap.add_argument("--root", type=Path, default=Path("data/tiny-imagenet-200"))
    ap.add_argument("--arch", choices=sorted(REGISTRY), default="vit_small")
    ap.add_argument("--epochs", type=int, default=100)
    ap.add_argument("--batch-size", type=int, default=512)
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--wd", type=float, default=0.05)
    ap.add_argument("--clip", type=float, default=1.0)
    ap.add_argument("--seed", type=int, default=6)
    args = ap.parse_args()

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(args.seed)
    device = torch.device("cuda")
    train_loader, val_loader = make_loaders(args.root, args.batch_size)
    model = REGISTRY[args.arch](num_classes=200).to(device)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    optimizer = torch.optim.AdamW(split_params(model, args.wd), lr=args.lr, betas=(0.9, 0.999))  # PLANTED
    scheduler = CosineAnnealingLR(optimizer, T_max=args.epochs * len(train_loader), eta_min=1e-5)

    best = 0.0
    for epoch in range(args.epochs):
        model.train()
        for step, (x, y) in enumerate(train_loader):
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            with torch.autocast(device.type, dtype=torch.bfloat16):
                loss = criterion(model(x), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), args.clip)
            optimizer.step()
            scheduler.step()
            if step % 50 == 0:
                LOG.info("e%03d s%04d loss %.4f lr %.2e", epoch, step, loss.item(), scheduler.get_last_lr()[0])
        acc = validate(model, val_loader, device)
        LOG.info("e%03d val top1 %.4f", epoch, acc)
        if acc > best:
            best = acc
            torch.save(model.state_dict(), f"{args.arch}_best.pt")


if __name__ == "__main__":
    main()
