"""Trainer for masked autoencoding with a validation method."""
import torch


class MAETrainer:
    def __init__(self, model, train_loader, val_loader):
        torch.manual_seed(19)
        self.model = model.cuda()
        self.train_loader, self.val_loader = train_loader, val_loader
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1.5e-4, betas=(0.9, 0.95))
        self.warmup = torch.optim.lr_scheduler.LinearLR(self.optimizer, 0.01, total_iters=40)

    def train_epoch(self):
        self.model.train()
        for imgs in self.train_loader:
            loss, _, _ = self.model(imgs.cuda(), mask_ratio=0.75)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        self.warmup.step()
        return loss.item()

    def val_epoch(self):
        self.model.eval()
        losses = []
        for imgs in self.val_loader:  # PLANTED
            loss, _, _ = self.model(imgs.cuda(), mask_ratio=0.75)
            losses.append(loss.detach())
        return torch.stack(losses).mean().item()

    def fit(self, epochs=200):
        for epoch in range(epochs):
            print(f"{epoch}: train {self.train_epoch():.4f} val {self.val_epoch():.4f}")
