"""Trainer whose rate falls with the inverse of time."""
import torch
from torch.optim.lr_scheduler import LambdaLR


class Trainer:
    def __init__(self, model, decay=1e-3):
        torch.manual_seed(1)
        self.model = model
        self.opt = torch.optim.Adam(model.parameters(), lr=3e-4)
        self.sched = LambdaLR(self.opt, lambda step: 1 // (1 + decay * step))  # PLANTED

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            self.model.train()
            for x, y in loader:
                loss = torch.nn.functional.cross_entropy(self.model(x), y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                self.sched.step()
            print(epoch, loss.item(), self.sched.get_last_lr())
