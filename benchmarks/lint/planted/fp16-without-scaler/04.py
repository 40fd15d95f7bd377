"""Autocast with its default type on the GPU."""
import torch
from torch import nn
from torch.amp import autocast

from depth import DepthNet, pairs


def run_epoch(net, loader, opt, crit):
    net.train()
    total = torch.zeros((), device="cuda")
    for rgb, d in loader:
        opt.zero_grad()
        with autocast("cuda"):
            loss = crit(net(rgb.cuda()), d.cuda())
        loss.backward()  # PLANTED
        opt.step()
        total += loss.detach()
    return total.item() / len(loader)


if __name__ == "__main__":
    torch.manual_seed(3)
    net = DepthNet().cuda()
    opt = torch.optim.Adam(net.parameters(), lr=1e-4)
    for epoch in range(40):
        print(epoch, run_epoch(net, pairs("train", shuffle=True), opt, nn.SmoothL1Loss()))
