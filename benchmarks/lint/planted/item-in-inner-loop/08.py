"""Typed LightningModule that keeps a moving average for its bar."""
from __future__ import annotations

import lightning as L
import torch
from torch import Tensor, nn

from seismic import Waves, WaveNet


class Picker(L.LightningModule):
    def __init__(self, keep: float = 0.98) -> None:
        super().__init__()
        self.net = WaveNet()
        self.keep = keep
        self.smooth: float | None = None

    def training_step(self, batch: tuple[Tensor, Tensor], idx: int) -> Tensor:
        x, y = batch
        loss = nn.functional.cross_entropy(self.net(x), y)
        now = loss.item()  # PLANTED
        self.smooth = now if self.smooth is None else self.keep * self.smooth + (1 - self.keep) * now
        self.log("smooth", self.smooth, prog_bar=True)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


if __name__ == "__main__":
    L.seed_everything(7)
    L.Trainer(max_epochs=10, accelerator="gpu").fit(Picker(), datamodule=Waves())
