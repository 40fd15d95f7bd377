"""Lightning-like module with validation_step, driven by hand."""
import torch
from torch import nn


class LitDenoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 1, 3, padding=1))

    def forward(self, x):
        return x - self.net(x)

    def training_step(self, batch):
        noisy, clean = batch
        return nn.functional.mse_loss(self(noisy), clean)

    def validation_step(self, batch):
        noisy, clean = batch
        return -10 * torch.log10(nn.functional.mse_loss(self(noisy), clean).clamp(min=1e-10))


def run_validation(module, loader):
    with torch.no_grad():
        scores = torch.stack([module.validation_step(b) for b in loader])  # PLANTED
    return scores.mean().item()


def fit(module, train_loader, val_loader, max_epochs=20):
    torch.manual_seed(1)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
    for epoch in range(max_epochs):
        module.train()
        for batch in train_loader:
            optimizer.zero_grad()
            loss = module.training_step(batch)
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.4f} psnr {run_validation(module, val_loader):.2f}")
