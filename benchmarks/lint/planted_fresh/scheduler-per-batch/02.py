"""Segment cells with Lightning: a U-Net, Dice and cross-entropy, thirty epochs to each drop."""

import lightning as L
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from cells import CellDataset, UNet


def dice(logits, mask, eps=1.0):
    p = logits.softmax(1)[:, 1]
    m = (mask == 1).float()
    return 1 - (2 * (p * m).sum() + eps) / (p.sum() + m.sum() + eps)


class Cells(L.LightningModule):
    def __init__(self, lr: float = 1e-3):
        super().__init__()
        self.save_hyperparameters()
        self.net = UNet(1, 2)

    def _loss(self, batch):
        image, mask = batch
        logits = self.net(image)
        return F.cross_entropy(logits, mask) + dice(logits, mask)

    def training_step(self, batch, batch_idx):
        loss = self._loss(batch)
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val/loss", self._loss(batch), prog_bar=True)

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        drops = torch.optim.lr_scheduler.StepLR(opt, step_size=30, gamma=0.1)
        return {
            "optimizer": opt,
            "lr_scheduler": {
                "scheduler": drops,
                "interval": "step",  # PLANTED
                "name": "lr",
            },
        }


if __name__ == "__main__":
    L.seed_everything(27, workers=True)
    L.Trainer(max_epochs=100, precision="bf16-mixed").fit(
        Cells(),
        DataLoader(CellDataset("train"), batch_size=8, shuffle=True, num_workers=4),
        DataLoader(CellDataset("val"), batch_size=8, num_workers=4),
    )
