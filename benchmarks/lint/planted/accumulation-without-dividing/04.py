"""3-D U-Net on patches of CT volumes; batch of one, effective batch of twelve."""
import torch
from torch import nn

from ct import patches, UNet3D


def soft_dice(logits, mask):
    p = logits.sigmoid()
    dims = (1, 2, 3, 4)
    return (1 - (2 * (p * mask).sum(dims) + 1) / (p.sum(dims) + mask.sum(dims) + 1)).mean()


def train(epochs=300, effective=12):
    torch.manual_seed(3)
    net = UNet3D(1, 1).cuda()
    optim = torch.optim.Adam(net.parameters(), lr=1e-4)
    bce = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        net.train()
        pending = 0
        for volume, mask in patches("train", shuffle=True):
            logits = net(volume.cuda())
            loss = bce(logits, mask.cuda()) + soft_dice(logits, mask.cuda())
            loss.backward()  # PLANTED
            pending += 1
            if pending == effective:
                optim.step()
                optim.zero_grad()
                pending = 0
        optim.zero_grad()
        print(f"{epoch}: {loss.item():.4f}")


if __name__ == "__main__":
    train()
