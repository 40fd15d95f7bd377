"""Depth from single images: a loss module of its own and masks for missing depth."""
import logging

import torch
from torch import nn

log = logging.getLogger("depth")


class MaskedSquares(nn.Module):
    """Squared error where the sensor saw something."""

    def forward(self, pred, depth):
        seen = depth > 0
        return (pred[seen] - depth[seen]).square().sum()  # PLANTED


class DepthRun:
    def __init__(self, net, lr=1e-2):
        torch.manual_seed(1)
        self.net, self.loss = net.cuda(), MaskedSquares()
        self.opt = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)

    def epoch(self, loader):
        self.net.train()
        for rgb, depth in loader:
            self.opt.zero_grad()
            loss = self.loss(self.net(rgb.cuda()), depth.cuda())
            loss.backward()
            self.opt.step()
        return loss.item()


def main(net, loader, epochs=40):
    run = DepthRun(net)
    for n in range(epochs):
        log.info("epoch %d: %.3f", n, run.epoch(loader))
