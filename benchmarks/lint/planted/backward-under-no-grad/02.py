"""Trainer of a classifier on any device."""
import torch
from torch import nn


class Fitter:
    def __init__(self, model: nn.Module, device: str = "cpu"):
        self.model = model.to(device)
        self.device = device
        self.opt = torch.optim.Adam(self.model.parameters(), lr=1e-3)
        self.loss_fn = nn.CrossEntropyLoss()

    @torch.no_grad()
    def train_epoch(self, loader):
        self.model.train()
        total = torch.zeros((), device=self.device)
        for x, y in loader:
            self.opt.zero_grad()
            loss = self.loss_fn(self.model(x.to(self.device)), y.to(self.device))
            loss.backward()  # PLANTED
            self.opt.step()
            total += loss.detach()
        return total.item() / len(loader)


def main(model, loader):
    torch.manual_seed(5)
    fitter = Fitter(model)
    for epoch in range(10):
        print(f"{epoch}: {fitter.train_epoch(loader):.4f}")
