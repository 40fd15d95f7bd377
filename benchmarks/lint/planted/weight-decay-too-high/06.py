"""Reaction yields in Lightning, all hyper-parameters saved."""
import lightning as L
import torch
from torch import nn

from reactions import Reactions


class Yields(L.LightningModule):
    def __init__(self, d=2048, width=256, lr=1e-2, weight_decay=1e2):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(d, width), nn.SiLU(), nn.Linear(width, 1), nn.Flatten(0))
        self.loss = nn.SmoothL1Loss()

    def training_step(self, batch, _):
        loss = self.loss(self.net(batch["fp"]), batch["yield"])
        self.log("train", loss)
        return loss

    def validation_step(self, batch, _):
        self.log("val", self.loss(self.net(batch["fp"]), batch["yield"]))

    def configure_optimizers(self):
        h = self.hparams
        return torch.optim.AdamW(self.net.parameters(), lr=h.lr, weight_decay=h.weight_decay)  # PLANTED


if __name__ == "__main__":
    L.seed_everything(5)
    L.Trainer(max_epochs=50, deterministic=True).fit(Yields(), datamodule=Reactions())
