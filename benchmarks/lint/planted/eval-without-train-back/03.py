"""Trainer class with fit, _train and _validate."""
import torch
from torch import nn


class Trainer:
    def __init__(self, model, train_dl, val_dl, device="cuda"):
        torch.manual_seed(4)
        self.model = model.to(device)
        self.model.train()
        self.train_dl, self.val_dl, self.device = train_dl, val_dl, device
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

    def _train(self):
        total = torch.zeros((), device=self.device)
        for x, y in self.train_dl:
            x, y = x.to(self.device), y.to(self.device)
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(x), y)
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        return total.item() / len(self.train_dl)

    def _validate(self):
        self.model.eval()  # PLANTED
        total = torch.zeros((), device=self.device)
        with torch.no_grad():
            for x, y in self.val_dl:
                total += self.loss_fn(self.model(x.to(self.device)), y.to(self.device))
        return total.item() / len(self.val_dl)

    def fit(self, epochs):
        for epoch in range(epochs):
            print(f"epoch {epoch} train {self._train():.4f} val {self._validate():.4f}")
