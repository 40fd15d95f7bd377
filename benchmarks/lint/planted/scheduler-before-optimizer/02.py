"""Warm-up then cosine for a transformer encoder; stepped each batch."""
import math

import torch
from torch import nn


def cosine_with_warmup(optimizer, warmup, total):
    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


class Engine:
    def __init__(self, model, total_steps):
        self.model = model
        self.opt = torch.optim.Adam(model.parameters(), lr=1e-3)
        self.lr_scheduler = cosine_with_warmup(self.opt, 1000, total_steps)
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, x, y):
        self.opt.zero_grad()
        loss = self.criterion(self.model(x), y)
        loss.backward()
        self.lr_scheduler.step()  # PLANTED
        self.opt.step()
        return loss.detach()

    def fit(self, loader, epochs):
        torch.manual_seed(10)
        self.model.train()
        for epoch in range(epochs):
            mean = torch.stack([self.training_step(x, y) for x, y in loader]).mean()
            print(f"{epoch}: {mean:.4f}")
