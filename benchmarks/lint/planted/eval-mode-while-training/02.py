"""Trainer that checks a sample batch before it starts."""
import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, loader):
        torch.manual_seed(1)
        self.model, self.loader = model, loader
        self.opt = torch.optim.Adam(model.parameters(), lr=1e-3)
        self.check()

    def check(self):
        x, _ = next(iter(self.loader))
        self.model.eval()  # PLANTED
        with torch.no_grad():
            print("output", tuple(self.model(x).shape))

    def fit(self, epochs):
        for epoch in range(epochs):
            for x, y in self.loader:
                loss = F.cross_entropy(self.model(x), y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(epoch, loss.item())
