"""Regression trainer in bfloat16."""
import torch
from torch import nn
from torch.amp import autocast


class Trainer:
    def __init__(self, model):
        torch.manual_seed(10)
        self.model = model.cuda()
        self.opt = torch.optim.Adam(model.parameters(), lr=1e-4)
        self.criterion = nn.SmoothL1Loss()

    @autocast("cuda", dtype=torch.bfloat16)
    def step(self, x, y):
        self.opt.zero_grad(set_to_none=True)
        loss = self.criterion(self.model(x), y)
        loss.backward()  # PLANTED
        self.opt.step()
        return loss.detach()

    def fit(self, loader, epochs=10):
        for epoch in range(epochs):
            self.model.train()
            losses = torch.stack([self.step(x.cuda(), y.cuda()) for x, y in loader])
            print(epoch, losses.mean().item())
