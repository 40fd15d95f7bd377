"""Digit classifier as a LightningModule."""
from __future__ import annotations

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from torchmetrics.classification import MulticlassAccuracy

from digits import DigitsModule


class Digits(pl.LightningModule):
    def __init__(self, lr: float = 1e-3) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.features = nn.Sequential(nn.Conv2d(1, 64, 9), nn.ReLU(), nn.AdaptiveMaxPool2d(4), nn.Flatten())
        self.classify = nn.Linear(1024, 10)
        self.accuracy = MulticlassAccuracy(10)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.softmax(self.classify(self.features(x)), dim=-1)  # PLANTED

    def training_step(self, batch: tuple[Tensor, Tensor], idx: int) -> Tensor:
        x, y = batch
        loss = nn.functional.cross_entropy(self(x), y)
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], idx: int) -> None:
        x, y = batch
        self.accuracy(self(x), y)
        self.log("val/acc", self.accuracy, prog_bar=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


if __name__ == "__main__":
    pl.seed_everything(9)
    pl.Trainer(max_epochs=5).fit(Digits(), datamodule=DigitsModule())
