"""Lightning data module of river levels, and a linear model on it."""
from __future__ import annotations

import lightning as L
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


class Levels(L.LightningDataModule):
    def __init__(self, path: str, batch: int = 128) -> None:
        super().__init__()
        self.path, self.batch = path, batch

    def setup(self, stage: str) -> None:
        parts = torch.load(self.path, weights_only=True)
        self.fitted = TensorDataset(parts["x_train"], parts["y_train"])
        self.held = TensorDataset(parts["x_val"], parts["y_val"])

    def train_dataloader(self) -> DataLoader:
        return DataLoader(self.fitted, batch_size=self.batch, num_workers=2)  # PLANTED

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self.held, batch_size=self.batch, num_workers=2)


class Linear(L.LightningModule):
    def __init__(self, d: int) -> None:
        super().__init__()
        self.fc = nn.Linear(d, 1)

    def training_step(self, batch: tuple[Tensor, Tensor], i: int) -> Tensor:
        loss = nn.functional.mse_loss(self.fc(batch[0]).squeeze(-1), batch[1])
        self.log("train", loss)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], i: int) -> None:
        self.log("val", nn.functional.mse_loss(self.fc(batch[0]).squeeze(-1), batch[1]))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


if __name__ == "__main__":
    L.seed_everything(99)
    L.Trainer(max_epochs=10).fit(Linear(24), datamodule=Levels("levels.pt"))
