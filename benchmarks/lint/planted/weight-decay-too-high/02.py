"""Trainer with decoupled decay on the matrices."""
import torch
import torch.nn.functional as F


class Trainer:
    def __init__(self, model, lr=1e-2, decay=50.0):
        torch.manual_seed(1)
        self.model = model
        matrices = [p for p in model.parameters() if p.ndim > 1]
        rest = [p for p in model.parameters() if p.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
        self.opt = torch.optim.AdamW(groups, lr=lr)  # PLANTED

    def fit(self, loader, epochs=20):
        for epoch in range(epochs):
            self.model.train()
            for x, y in loader:
                loss = F.cross_entropy(self.model(x), y)
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
            print(epoch, loss.item())
