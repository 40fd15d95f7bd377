"""Lightning data module that draws a fixed number of rows an epoch."""
from __future__ import annotations

import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler


class Draws(L.LightningDataModule):
    def __init__(self, train: Dataset, val: Dataset, draws: int = 10_000) -> None:
        super().__init__()
        self.train, self.val, self.draws = train, val, draws

    def train_dataloader(self) -> DataLoader:
        sampler = RandomSampler(self.train, replacement=True, num_samples=self.draws)
        return DataLoader(self.train, batch_size=64, shuffle=True, sampler=sampler, drop_last=True)  # PLANTED

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.val, batch_size=256)


class Model(L.LightningModule):
    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def training_step(self, batch, i: int) -> torch.Tensor:
        loss = nn.functional.mse_loss(self.net(batch[0]), batch[1])
        self.log("loss", loss)
        return loss

    def validation_step(self, batch, i: int) -> None:
        self.log("val", nn.functional.mse_loss(self.net(batch[0]), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def fit(net: nn.Module, train: Dataset, val: Dataset) -> None:
    L.seed_everything(17)
    L.Trainer(max_epochs=10).fit(Model(net), datamodule=Draws(train, val))
