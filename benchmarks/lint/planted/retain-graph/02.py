"""A trainer of a classifier."""
import torch
from torch import nn


class Trainer:
    def __init__(self, model):
        torch.manual_seed(1)
        self.model = model
        self.opt = torch.optim.Adam(model.parameters(), lr=1e-3)
        self.loss = nn.CrossEntropyLoss()

    def step(self, x, y):
        self.opt.zero_grad()
        out = self.model(x)
        loss = self.loss(out, y)
        loss.backward(retain_graph=True)  # PLANTED
        self.opt.step()
        return loss.detach()

    def fit(self, loader, epochs=10):
        for epoch in range(epochs):
            self.model.train()
            losses = torch.stack([self.step(x, y) for x, y in loader])
            print(epoch, losses.mean().item())
