"""Mixture of experts over sensor readings, routed softly by a small gate (Lightning)."""
import functools as ft

import lightning as L
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def expert(d, h, k):
    return nn.Sequential(nn.Linear(d, h), nn.ELU(), nn.Linear(h, k))


class SoftMoE(L.LightningModule):
    def __init__(self, d, k, n=8, h=64):
        super().__init__()
        self.gate = nn.Linear(d, n)
        make = ft.partial(expert, d, h, k)
        self.experts = tuple(make() for _ in range(n))  # PLANTED

    def forward(self, x):
        mix = self.gate(x).softmax(-1)
        votes = torch.stack([e(x) for e in self.experts], dim=1)
        return torch.einsum("bn,bnk->bk", mix, votes)

    def training_step(self, batch, _):
        x, y = batch
        loss = F.mse_loss(self(x), y)
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch, _):
        x, y = batch
        self.log("val_loss", F.mse_loss(self(x), y), prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


if __name__ == "__main__":
    L.seed_everything(9, workers=True)
    t = torch.load("sensors.pt", weights_only=True)
    tr = TensorDataset(t["train_x"], t["train_y"])  # y: (n, 3)
    va = TensorDataset(t["val_x"], t["val_y"])
    net = SoftMoE(d=t["train_x"].shape[1], k=3)
    L.Trainer(max_epochs=40, accelerator="cpu").fit(
        net, DataLoader(tr, 256, shuffle=True), DataLoader(va, 1024)
    )
