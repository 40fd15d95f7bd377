"""Segmentation in Lightning with a one-cycle rate over all batches."""
import lightning as L
import torch
import torch.nn.functional as F

from seg import Net, SegData


class Segment(L.LightningModule):
    def __init__(self, max_lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.net = Net(19)

    def training_step(self, batch, _):
        x, y = batch
        loss = F.cross_entropy(self.net(x), y, ignore_index=255)
        self.log("train/ce", loss)
        return loss

    def validation_step(self, batch, _):
        x, y = batch
        self.log("val/ce", F.cross_entropy(self.net(x), y, ignore_index=255))

    def configure_optimizers(self):
        opt = torch.optim.SGD(self.parameters(), lr=self.hparams.max_lr / 25, momentum=0.9)
        total = self.trainer.estimated_stepping_batches
        cycle = torch.optim.lr_scheduler.OneCycleLR(opt, self.hparams.max_lr, total_steps=total)
        return {"optimizer": opt, "lr_scheduler": {"scheduler": cycle, "interval": "epoch"}}  # PLANTED


if __name__ == "__main__":
    L.seed_everything(2)
    L.Trainer(max_epochs=80, precision="16-mixed").fit(Segment(), datamodule=SegData())
