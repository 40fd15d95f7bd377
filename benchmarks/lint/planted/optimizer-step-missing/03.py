"""Trainer with mixed precision and early stopping."""
import torch
from torch.amp import GradScaler, autocast


class AmpTrainer:
    def __init__(self, model, optimizer, criterion, device="cuda", patience=5):
        self.model, self.optimizer, self.criterion = model.to(device), optimizer, criterion
        self.device = device
        self.scaler = GradScaler(device)
        self.patience = patience

    def train_batch(self, inputs, targets):
        inputs, targets = inputs.to(self.device), targets.to(self.device)
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(self.device):
            loss = self.criterion(self.model(inputs), targets)
        self.scaler.scale(loss).backward()  # PLANTED
        self.scaler.update()
        return loss.detach()

    @torch.no_grad()
    def validate(self, loader):
        self.model.eval()
        losses = [self.criterion(self.model(x.to(self.device)), y.to(self.device)) for x, y in loader]
        self.model.train()
        return torch.stack(losses).mean().item()

    def fit(self, train_loader, val_loader, epochs):
        best, waited = float("inf"), 0
        for epoch in range(epochs):
            self.model.train()
            for x, y in train_loader:
                self.train_batch(x, y)
            val = self.validate(val_loader)
            print(f"epoch {epoch}: val {val:.4f}")
            best, waited = (val, 0) if val < best else (best, waited + 1)
            if waited >= self.patience:
                break
