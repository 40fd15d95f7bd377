"""Trainer with a clip in its constructor."""
import torch
import torch.nn.functional as F
from torch.nn.utils import clip_grad_norm_


class Trainer:
    def __init__(self, model, lr=1e-2, clip=0.00001):
        torch.manual_seed(1)
        self.model, self.clip = model, clip
        self.opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            self.model.train()
            for x, y in loader:
                loss = F.cross_entropy(self.model(x), y)
                self.opt.zero_grad()
                loss.backward()
                clip_grad_norm_(self.model.parameters(), self.clip)  # PLANTED
                self.opt.step()
            print(epoch, loss.item())
