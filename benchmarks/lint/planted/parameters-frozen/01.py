"""Transfer learning in Lightning: a new head on a pretrained ResNet."""
import lightning as L
import torch
import torch.nn.functional as F
from torch import nn
from torchvision import models

from birds import Birds


class BirdNet(L.LightningModule):
    def __init__(self, classes=200):
        super().__init__()
        self.net = models.resnet18(weights="DEFAULT")
        self.net.fc = nn.Linear(512, classes)
        self.freeze()  # PLANTED
        self.train()

    def training_step(self, batch, _):
        x, y = batch
        loss = F.cross_entropy(self.net(x), y)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.net.fc.parameters(), lr=0.01, momentum=0.9)


if __name__ == "__main__":
    L.seed_everything(0)
    L.Trainer(max_epochs=10).fit(BirdNet(), datamodule=Birds())
