"""Satellite yield maps in Lightning: tonnes a field from a tile of twelve bands."""
import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Fields(Dataset):
    def __init__(self, tiles, tonnes):
        self.tiles, self.tonnes = tiles, tonnes

    def __len__(self):
        return len(self.tiles)

    def __getitem__(self, i):
        return torch.as_tensor(self.tiles[i]).float(), torch.tensor(float(self.tonnes[i]))


class Yield(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(12, 32, 3, 2), nn.ReLU(), nn.Conv2d(32, 64, 3, 2), nn.ReLU(),
                                  nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(64, 1)

    def forward(self, x):
        return self.head(self.body(x))

    def training_step(self, batch, _):
        tile, tonnes = batch
        loss = nn.functional.mse_loss(self(tile), tonnes)  # PLANTED
        self.log("mse", loss, on_epoch=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def main(tiles, tonnes):
    L.seed_everything(31)
    L.Trainer(max_epochs=40).fit(Yield(), DataLoader(Fields(tiles, tonnes), batch_size=32, shuffle=True))
