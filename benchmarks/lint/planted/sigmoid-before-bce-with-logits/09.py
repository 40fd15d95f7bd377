"""Fraud detector in Lightning with a weighted loss from the config."""
import json

import lightning as L
import torch
import torch.nn as nn
import torch.nn.functional as F

from fraud import FraudData


class Fraud(L.LightningModule):
    def __init__(self, sizes, pos_weight, lr):
        super().__init__()
        self.lr = lr
        layers = []
        for a, b in zip(sizes[:-2], sizes[1:-1]):
            layers += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(0.2)]
        self.net = nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))
        self.register_buffer("pos_weight", torch.tensor(pos_weight))

    def forward(self, x):
        z = self.net(x).squeeze(-1)
        return torch.special.expit(z)  # PLANTED

    def training_step(self, batch, _):
        x, y = batch
        loss = F.binary_cross_entropy_with_logits(self(x), y.float(), pos_weight=self.pos_weight)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def main(path):
    with open(path) as fh:
        cfg = json.load(fh)
    L.seed_everything(cfg["seed"])
    model = Fraud(cfg["sizes"], cfg["pos_weight"], cfg["lr"])
    L.Trainer(max_epochs=cfg["epochs"]).fit(model, datamodule=FraudData(cfg["data"]))
