"""Training through Fabric; its state is saved for a later resume."""
import os

import lightning as L
import torch
from torch import nn


def main(net, loader, folder="state", epochs=90):
    fabric = L.Fabric()
    fabric.launch()
    fabric.seed_everything(7)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    net, opt = fabric.setup(net, opt)
    loader = fabric.setup_dataloaders(loader)
    first = 0
    path = os.path.join(folder, "last.ckpt")
    if os.path.exists(path):
        first = fabric.load(path, {"net": net})["epoch"] + 1
    for epoch in range(first, epochs):
        net.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(net(x), y)
            opt.zero_grad()
            fabric.backward(loss)
            opt.step()
        fabric.print("epoch", epoch, "loss", loss.item())
        fabric.save(path, {"net": net, "epoch": epoch})  # PLANTED
