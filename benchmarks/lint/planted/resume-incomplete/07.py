"""Aerial images through Fabric; goes on from the newest checkpoint in its folder."""
from pathlib import Path

import lightning as L
import torch
import torch.nn.functional as F

from aerial import Net, loader

FOLDER = Path("aerial-ck")


def newest():
    found = sorted(FOLDER.glob("*.ckpt"))
    return found[-1] if found else None


def main(epochs=90):
    fabric = L.Fabric(devices="auto")
    fabric.launch()
    fabric.seed_everything(0)
    net = Net()
    net, opt = fabric.setup(net, torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9))
    dl = fabric.setup_dataloaders(loader("train", shuffle=True))
    state = {"net": net, "opt": opt, "epoch": 0}
    first = 0
    if path := newest():
        rest = fabric.load(path)
        net.load_state_dict(rest["net"])  # PLANTED
        first = rest["epoch"] + 1
    for epoch in range(first, epochs):
        net.train()
        for x, y in dl:
            loss = F.cross_entropy(net(x), y)
            opt.zero_grad()
            fabric.backward(loss)
            opt.step()
        fabric.print(epoch, loss.item())
        state["epoch"] = epoch
        fabric.save(FOLDER / f"{epoch:04d}.ckpt", state)


if __name__ == "__main__":
    main()
