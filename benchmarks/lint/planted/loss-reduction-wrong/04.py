"""Denoising with an L1 norm."""
import argparse

import torch
from torch import nn

from noise import DnCNN, patches


def l1(a, b):
    return (a - b).abs().sum()  # PLANTED


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--lr", type=float, default=0.01)
    args = ap.parse_args()
    torch.manual_seed(3)
    net = DnCNN().cuda()
    opt = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)
    for epoch in range(50):
        net.train()
        for noisy, clean in patches("train", shuffle=True):
            loss = l1(net(noisy.cuda()), clean.cuda())
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
