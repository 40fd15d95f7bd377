"""Poisson rates with a rectifier, in a trainer."""
import torch
from torch import nn


class PoissonNet(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d, 64), nn.ReLU(), nn.Linear(64, 1), nn.ReLU(), nn.Flatten(0))

    def forward(self, x):
        return self.net(x)


class Trainer:
    def __init__(self, d):
        torch.manual_seed(2)
        self.model = PoissonNet(d)
        self.opt = torch.optim.Adam(self.model.parameters(), lr=1e-3)

    def nll(self, x, counts):
        rate = self.model(x)
        return (rate - counts * rate.log()).mean()  # PLANTED

    def fit(self, loader, epochs=50):
        for epoch in range(epochs):
            for x, counts in loader:
                loss = self.nll(x, counts)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(epoch, loss.item())
