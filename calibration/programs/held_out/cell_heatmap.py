"""Locate bright cells in noisy microscope tiles: one probability per pixel."""

import argparse
import math

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor

SIZE = 24
PRIOR = 0.04


def make_tiles(n, gen):
    yy, xx = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    images = 0.35 * torch.randn(n, 1, SIZE, SIZE, generator=gen)
    masks = torch.zeros(n, 1, SIZE, SIZE)
    for i in range(n):
        for _ in range(3):
            cy, cx = torch.randint(3, SIZE - 3, (2,), generator=gen)
            d2 = (yy - cy) ** 2 + (xx - cx) ** 2
            images[i, 0] += torch.exp(-d2 / 4.0)
            masks[i, 0][d2 <= 4] = 1.0
    return images, masks


class CellNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
        )
        self.head = nn.Conv2d(width, 1, 1)
        bias = -math.log((1 - PRIOR) / PRIOR)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.constant_(m.bias, bias)

    def forward(self, x):
        return self.head(self.body(x))


def iou(logits, masks):
    pred = logits > 0
    target = masks > 0.5
    return ((pred & target).sum() / (pred | target).sum().clamp(min=1)).item()


def main(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    gen = torch.Generator().manual_seed(args.seed)
    train_x, train_y = make_tiles(400, gen)
    val_x, val_y = make_tiles(100, gen)

    net = CellNet()
    opt = torch.optim.Adam(net.parameters(), lr=2e-3)
    monitor = Monitor(
        args.out, net, opt, {"lr": 2e-3, "batch_size": 16}, activations=True, judge=False
    )
    step = 0
    while step < 300:
        for idx in torch.randperm(len(train_x)).split(16):
            loss = F.binary_cross_entropy_with_logits(net(train_x[idx]), train_y[idx])
            opt.zero_grad()
            loss.backward()
            opt.step()
            monitor.step(loss)
            step += 1
        with torch.no_grad():
            out = net(val_x)
        score = iou(out, val_y)
        monitor.evaluate(loss=F.binary_cross_entropy_with_logits(out, val_y).item(), iou=score)
    monitor.close()
    print(f"score: {score:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    main(parser.parse_args())
