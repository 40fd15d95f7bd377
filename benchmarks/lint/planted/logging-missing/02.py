"""A silent trainer class."""
import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, lr=1e-3, seed=0):
        torch.manual_seed(seed)
        self.model = model
        self.opt = torch.optim.Adam(model.parameters(), lr=lr)

    def step(self, x, y):
        loss = F.mse_loss(self.model(x), y)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()

    def fit(self, loader, epochs):
        self.model.train()
        for _ in range(epochs):  # PLANTED
            for x, y in loader:
                self.step(x, y)
        return self.model
