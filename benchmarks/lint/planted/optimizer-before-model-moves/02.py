"""Trainer whose constructor makes everything."""
import torch
from torch import nn, optim


class Trainer:
    def __init__(self, net: nn.Module, device: torch.device):
        torch.manual_seed(8)
        self.net = net
        self.optim = optim.Adagrad(self.net.parameters(), lr=0.01)  # PLANTED
        self.device = device
        self.net.to(self.device)
        self.loss = nn.MSELoss()

    def fit(self, loader, epochs=20):
        for epoch in range(epochs):
            self.net.train()
            for x, y in loader:
                self.optim.zero_grad()
                loss = self.loss(self.net(x.to(self.device)), y.to(self.device))
                loss.backward()
                self.optim.step()
            print(f"epoch {epoch}: {loss.item():.4f}")
