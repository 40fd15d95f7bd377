import argparse
import os
import random

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, random_split
from torch.utils.data.distributed import DistributedSampler
from torchvision import datasets, transforms
from torchvision.models import mobilenet_v3_small


def parse():
    ap = argparse.ArgumentParser("train on one or many GPUs")
    ap.add_argument("--data", default="data/flowers/train")
    ap.add_argument("--epochs", default=20, type=int)
    ap.add_argument("--bs", default=64, type=int)
    ap.add_argument("--lr", default=5e-4, type=float)
    ap.add_argument("--seed", default=0, type=int)
    return ap.parse_args()


def make_loaders(opt, distributed):
    tf = transforms.Compose([
        transforms.Resize((224, 224)),
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])
    full = datasets.ImageFolder(opt.data, tf)
    n_val = len(full) // 10
    train_set, val_set = random_split(
        full, [len(full) - n_val, n_val], generator=torch.Generator().manual_seed(opt.seed)
    )
    sampler = DistributedSampler(train_set, shuffle=True, seed=opt.seed) if distributed else None
    train = DataLoader(
        train_set,
        batch_size=opt.bs,
        sampler=sampler,
        shuffle=(sampler is None),
        num_workers=4,
        drop_last=True,
    )
    val = DataLoader(val_set, batch_size=opt.bs, num_workers=4)
    return train, val, sampler, len(full.classes)


def evaluate(net, loader, device):
    net.eval()
    right, seen = torch.zeros((), device=device), 0
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            right += (net(x).argmax(1) == y).sum()
            seen += y.size(0)
    return right.item() / seen


def main():
    opt = parse()
    distributed = int(os.environ.get("WORLD_SIZE", 1)) > 1
    rank = 0
    if distributed:
        dist.init_process_group("nccl")
        rank = dist.get_rank()
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    random.seed(opt.seed + rank)
    np.random.seed(opt.seed + rank)
    torch.manual_seed(opt.seed + rank)

    train, val, sampler, n_classes = make_loaders(opt, distributed)
    net = mobilenet_v3_small(num_classes=n_classes).to(device)
    bare = net
    if distributed:
        net = nn.parallel.DistributedDataParallel(net, device_ids=[torch.cuda.current_device()])
    optim = torch.optim.Adam(net.parameters(), lr=opt.lr)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)

    for epoch in range(opt.epochs):
        if sampler is not None:
            sampler.set_epoch(epoch)
        net.train()
        for it, (x, y) in enumerate(train):
            x, y = x.to(device), y.to(device)
            loss = criterion(net(x), y)
            optim.zero_grad()
            loss.backward()
            optim.step()
            if rank == 0 and it % 100 == 0:
                print(f"[{epoch}:{it}] loss {loss.item():.4f}")
        if rank == 0:
            print(f"[{epoch}] val acc {evaluate(bare, val, device):.4f}")
            torch.save(bare.state_dict(), "flowers_last.pt")
        if distributed:
            dist.barrier()
    if distributed:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
