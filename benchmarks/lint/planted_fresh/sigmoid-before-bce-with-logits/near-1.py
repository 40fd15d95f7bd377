"""Outline lakes on satellite tiles with cross-entropy plus soft Dice."""

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from lakes import LakeTiles, LinkNet


def bce_and_dice(out, mask):
    prob = torch.sigmoid(out)
    overlap = 2 * (prob * mask).sum((1, 2)) + 1
    dice = 1 - overlap / (prob.sum((1, 2)) + mask.sum((1, 2)) + 1)
    return F.binary_cross_entropy_with_logits(out, mask) + dice.mean()


def main():
    torch.manual_seed(58)
    net: nn.Module = LinkNet(in_channels=4).cuda()
    opt = torch.optim.Adam(net.parameters(), lr=5e-4)
    loader = DataLoader(LakeTiles("train"), batch_size=16, shuffle=True, num_workers=6)
    for epoch in range(50):
        total = torch.zeros((), device="cuda")
        for tile, mask in loader:
            loss = bce_and_dice(net(tile.cuda()).squeeze(1), mask.float().cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
