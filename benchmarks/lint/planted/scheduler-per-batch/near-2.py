"""Cosine decay whose length is counted in batches."""
import torch
import torch.nn.functional as F


class Runner:
    def __init__(self, model, loader, epochs):
        self.model, self.loader, self.epochs = model, loader, epochs
        self.num_updates = epochs * len(loader)
        self.opt = torch.optim.Adam(model.parameters(), lr=1e-3)
        self.sched = torch.optim.lr_scheduler.CosineAnnealingLR(self.opt, T_max=self.num_updates)

    def run(self):
        torch.manual_seed(5)
        self.model.train()
        for epoch in range(self.epochs):
            for x, y in self.loader:
                self.opt.zero_grad()
                loss = F.mse_loss(self.model(x), y)
                loss.backward()
                self.opt.step()
                self.sched.step()
            print("epoch", epoch, "loss", loss.item())
