"""Cars under a one-cycle rate, in Lightning."""
import lightning as L
import torch
import torch.nn.functional as F

from cars import CarNet, Cars


class CarModel(L.LightningModule):
    def __init__(self, epochs=12):
        super().__init__()
        self.epochs = epochs
        self.net = CarNet(196)

    def training_step(self, batch, _):
        x, y = batch
        loss = F.cross_entropy(self.net(x), y)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        opt = torch.optim.SGD(self.parameters(), lr=0.01, momentum=0.9)
        total = self.trainer.estimated_stepping_batches
        one = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.0, total_steps=total)  # PLANTED
        return [opt], [{"scheduler": one, "interval": "step"}]


if __name__ == "__main__":
    L.seed_everything(7)
    L.Trainer(max_epochs=12).fit(CarModel(), datamodule=Cars())
