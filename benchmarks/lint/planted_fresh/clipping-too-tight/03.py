"""Lightning module for pneumonia on chest films, trained by the Trainer's own loop."""

import lightning as L
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchmetrics.classification import BinaryAUROC
from torchvision.models import densenet121

from cxr import ChestFilms


class Pneumonia(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = densenet121(num_classes=1)
        self.auroc = BinaryAUROC()

    def training_step(self, batch, batch_idx):
        film, ill = batch
        loss = F.binary_cross_entropy_with_logits(self.net(film).squeeze(1), ill.float())
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch, batch_idx):
        film, ill = batch
        logit = self.net(film).squeeze(1)
        self.auroc(logit, ill)
        self.log("val/auroc", self.auroc, on_epoch=True)

    def configure_optimizers(self):
        opt = torch.optim.SGD(self.parameters(), lr=0.01, momentum=0.9, nesterov=True)
        sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=50)
        return {"optimizer": opt, "lr_scheduler": {"scheduler": sched, "interval": "epoch"}}


def main():
    L.seed_everything(19, workers=True)
    train = DataLoader(ChestFilms("train"), batch_size=32, shuffle=True, num_workers=8)
    val = DataLoader(ChestFilms("val"), batch_size=64, num_workers=4)
    trainer = L.Trainer(
        max_epochs=50,
        accelerator="gpu",
        devices=1,
        gradient_clip_val=1e-5,  # PLANTED
        log_every_n_steps=20,
    )
    trainer.fit(Pneumonia(), train, val)


if __name__ == "__main__":
    main()
