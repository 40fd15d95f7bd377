"""Trainer that can be interrupted and resumed."""
from pathlib import Path

import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, loader, path="run/last.pt"):
        torch.manual_seed(1)
        self.model, self.loader, self.path = model, loader, Path(path)
        self.opt = torch.optim.Adam(model.parameters(), lr=3e-4)
        self.epoch = 0
        if self.path.exists():
            self.resume()

    def save(self):
        state = {"model": self.model.state_dict(), "epoch": self.epoch, "rng": torch.get_rng_state()}
        torch.save(state, self.path)  # PLANTED

    def resume(self):
        state = torch.load(self.path, weights_only=True)
        self.model.load_state_dict(state["model"])
        torch.set_rng_state(state["rng"])
        self.epoch = state["epoch"] + 1

    def fit(self, epochs):
        while self.epoch < epochs:
            self.model.train()
            for x, y in self.loader:
                loss = F.cross_entropy(self.model(x), y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(self.epoch, loss.item())
            self.save()
            self.epoch += 1
