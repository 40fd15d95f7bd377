# Transfer one pretrained backbone to a suite of small target datasets and tabulate accuracy.
import argparse
import csv
import math

import timm
import torch
import torch.nn.functional as F
from timm.data import create_transform, resolve_data_config
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

TARGETS = ("pets", "flowers", "dtd", "eurosat")


def get_loaders(root, name, cfg, bs):
    tr = ImageFolder(f"{root}/{name}/train", create_transform(**cfg, is_training=True))
    te = ImageFolder(f"{root}/{name}/val", create_transform(**cfg, is_training=False))
    return (DataLoader(tr, bs, shuffle=True, num_workers=8, drop_last=True, pin_memory=True),
            DataLoader(te, bs, shuffle=False, num_workers=8, pin_memory=True),
            len(tr.classes))


def split_decay(named, wd):
    decay, rest = [], []
    for _, p in named:
        (decay if p.ndim > 1 else rest).append(p)
    return [{"params": decay, "weight_decay": wd}, {"params": rest, "weight_decay": 0.0}]


def warmup_cosine(warm, total):
    def fn(step):
        if step < warm:
            return (step + 1) / warm
        t = (step - warm) / max(1, total - warm)
        return 0.5 * (1 + math.cos(math.pi * min(t, 1.0)))
    return fn


def make_optimizer(model, lr, wd):
    return torch.optim.AdamW(split_decay(model.named_parameters(), wd), lr=lr)


def evaluate(model, loader, device):
    model.eval()
    good = n = 0
    with torch.inference_mode():
        for x, y in loader:
            good += (model(x.to(device)).argmax(-1).cpu() == y).sum().item()
            n += y.numel()
    return good / n


def finetune(model, optimizer, loaders, epochs, device, tag):
    train_loader, val_loader = loaders
    total = epochs * len(train_loader)
    sched = torch.optim.lr_scheduler.LambdaLR(optimizer, warmup_cosine(total // 10 + 1, total))
    acc = 0.0
    step = 0
    for ep in range(epochs):
        model.train()
        for x, y in train_loader:
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            sched.step()
            if step % 50 == 0:
                print(f"{tag} ep {ep} step {step} loss {loss.item():.4f}")
            step += 1
        acc = evaluate(model, val_loader, device)
        print(f"{tag} ep {ep} val {acc:.4f}")
    return acc


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--root", default="/data/transfer")
    ap.add_argument("--arch", default="vit_small_patch16_224")
    ap.add_argument("--bs", type=int, default=128)
    ap.add_argument("--epochs", type=int, default=10)
    ap.add_argument("--lr", type=float, default=1e-4)
    ap.add_argument("--wd", type=float, default=0.05)
    ap.add_argument("--seed", type=int, default=0)
    opts = ap.parse_args()

    device = torch.device("cuda")
    rows = []
    for target in TARGETS:
        torch.manual_seed(opts.seed)
        net = timm.create_model(opts.arch, pretrained=True, drop_path_rate=0.1).to(device)
        data_cfg = resolve_data_config({}, model=net)
        optim = make_optimizer(net, opts.lr, opts.wd)  # PLANTED
        *loaders, n_cls = get_loaders(opts.root, target, data_cfg, opts.bs)
        if n_cls != net.num_classes:
            net.reset_classifier(n_cls)
            net.get_classifier().to(device)
        rows.append((target, n_cls, finetune(net, optim, loaders, opts.epochs, device, target)))

    with open("transfer.csv", "w", newline="") as f:
        w = csv.writer(f)
        w.writerow(["dataset", "classes", "val_acc"])
        w.writerows(rows)


if __name__ == "__main__":
    main()
