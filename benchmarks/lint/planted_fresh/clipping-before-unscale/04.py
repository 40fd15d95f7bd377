"""Quantile regression of delivery times with an MLP; precision and bounds come from flags."""

import argparse

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def get_args():
    p = argparse.ArgumentParser()
    p.add_argument("--data", default="deliveries.pt")
    p.add_argument("--amp", action="store_true")
    p.add_argument("--grad-bound", type=float, default=1.0)
    p.add_argument("--epochs", type=int, default=40)
    p.add_argument("--seed", type=int, default=0)
    return p.parse_args()


def pinball(pred, y, q):
    gap = y.unsqueeze(1) - pred
    return torch.maximum(q * gap, (q - 1) * gap).mean()


def main(a):
    torch.manual_seed(a.seed)
    features, minutes = torch.load(a.data, weights_only=True)
    data = TensorDataset(features, minutes)
    train, held_out = random_split(data, [0.9, 0.1])
    q = torch.tensor([0.1, 0.5, 0.9], device="cuda")
    net = nn.Sequential(nn.Linear(features.size(1), 256), nn.ReLU(), nn.Linear(256, 3)).cuda()
    opt = torch.optim.SGD(net.parameters(), lr=1e-2, momentum=0.9)
    scaler = torch.amp.GradScaler("cuda", enabled=a.amp)

    for epoch in range(a.epochs):
        net.train()
        for x, y in DataLoader(train, batch_size=1024, shuffle=True):
            with torch.autocast("cuda", dtype=torch.float16, enabled=a.amp):
                pred = net(x.cuda())
            loss = pinball(pred.float(), y.cuda(), q)
            opt.zero_grad()
            scaler.scale(loss).backward()
            for p in net.parameters():
                p.grad.clamp_(-a.grad_bound, a.grad_bound)  # PLANTED
            scaler.step(opt)
            scaler.update()
        net.eval()
        with torch.no_grad():
            x, y = (torch.stack(column) for column in zip(*held_out))
            val = pinball(net(x.cuda()), y.cuda(), q)
        print(f"epoch {epoch} train {loss.item():.4f} held out {val.item():.4f}")


main(get_args())
