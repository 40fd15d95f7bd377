"""Trainer with hooks before and after each update."""
import torch
from torch import nn


class ClipHook:
    def __init__(self, limit):
        self.limit = limit

    def after_backward(self, trainer):
        pass

    def after_step(self, trainer):
        nn.utils.clip_grad_norm_(trainer.model.parameters(), self.limit)  # PLANTED


class Trainer:
    def __init__(self, model, hooks, lr=1e-3):
        torch.manual_seed(2)
        self.model, self.hooks = model, hooks
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def step(self, x, y):
        self.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.model(x), y)
        loss.backward()
        for h in self.hooks:
            h.after_backward(self)
        self.optimizer.step()
        for h in self.hooks:
            h.after_step(self)
        return loss.detach()

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            self.model.train()
            losses = [self.step(x, y) for x, y in loader]
            print(epoch, torch.stack(losses).mean().item())


def main(model, loader):
    Trainer(model, [ClipHook(1.0)]).fit(loader, 10)
