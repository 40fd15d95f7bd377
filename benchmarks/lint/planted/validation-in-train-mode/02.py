"""Trainer with separate train and test methods."""
import logging

import torch
import torch.nn.functional as F

log = logging.getLogger(__name__)


class ClassifierTrainer:
    def __init__(self, net, lr=0.01):
        torch.manual_seed(13)
        self.net = net
        self.opt = torch.optim.SGD(self.net.parameters(), lr=lr, momentum=0.9)

    def train(self, loader):
        self.net.train()
        for x, y in loader:
            self.opt.zero_grad()
            loss = F.cross_entropy(self.net(x), y)
            loss.backward()
            self.opt.step()
        log.info("last train loss %.4f", loss.item())

    @torch.no_grad()
    def test(self, loader):
        hits = torch.zeros(())
        for x, y in loader:  # PLANTED
            hits += (self.net(x).argmax(1) == y).sum()
        log.info("accuracy %.4f", hits.item() / len(loader.dataset))

    def run(self, train_loader, test_loader, epochs):
        for _ in range(epochs):
            self.train(train_loader)
            self.test(test_loader)
