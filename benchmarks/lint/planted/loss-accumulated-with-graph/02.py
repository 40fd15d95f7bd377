"""Trainer that keeps all losses for a plot."""
import matplotlib.pyplot as plt
import torch
from torch import nn


class Trainer:
    def __init__(self, model, loader):
        self.model = model
        self.loader = loader
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        self.criterion = nn.MSELoss()
        self.losses = []

    def train(self, epochs):
        torch.manual_seed(1)
        for epoch in range(epochs):
            self.model.train()
            for x, y in self.loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                self.losses.append(loss)  # PLANTED
            print("epoch", epoch, "loss", loss.item())

    def plot(self, path="loss.png"):
        with torch.no_grad():
            plt.plot(torch.stack(self.losses).numpy())
        plt.savefig(path)
