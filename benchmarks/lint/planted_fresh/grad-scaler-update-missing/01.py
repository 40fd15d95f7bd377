"""Classify land use from radar images: a manual-optimisation Lightning module in float16."""

import lightning as L
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.models import regnet_y_400mf

from eurosat import RadarTiles


class LandUse(L.LightningModule):
    automatic_optimization = False

    def __init__(self, lr: float = 0.05):
        super().__init__()
        self.net = regnet_y_400mf(num_classes=10)
        self.lr = lr
        self.scaler = torch.amp.GradScaler("cuda")

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)

    def training_step(self, batch, batch_idx):
        tile, use = batch
        opt = self.optimizers(use_pl_optimizer=False)
        with torch.autocast("cuda", dtype=torch.float16):
            loss = F.cross_entropy(self.net(tile), use)
        opt.zero_grad()
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(opt)
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.scaler.step(opt)  # PLANTED
        self.log("loss", loss.detach(), prog_bar=True)

    def validation_step(self, batch, batch_idx):
        tile, use = batch
        hits = (self.net(tile).argmax(1) == use).float().mean()
        self.log("accuracy", hits, prog_bar=True)


if __name__ == "__main__":
    L.seed_everything(10)
    trainer = L.Trainer(max_epochs=30, accelerator="gpu", devices=1)
    trainer.fit(
        LandUse(),
        DataLoader(RadarTiles("train"), batch_size=64, shuffle=True, num_workers=4),
        DataLoader(RadarTiles("val"), batch_size=256, num_workers=4),
    )
