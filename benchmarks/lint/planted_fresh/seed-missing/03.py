"""A matching network for the names of companies, in Lightning."""

import lightning as L
import torch
from torch import nn
from torch.nn.functional import cosine_embedding_loss
from torch.utils.data import DataLoader, TensorDataset


class NameEncoder(nn.Module):
    def __init__(self, d=64):
        super().__init__()
        self.chars = nn.Embedding(256, d)
        self.conv = nn.Conv1d(d, d, 5, padding=2)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return self.conv(self.drop(self.chars(x)).mT).relu().amax(-1)


class Matcher(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.encode = NameEncoder()

    def step(self, batch, stage):
        a, b, same = batch
        loss = cosine_embedding_loss(self.encode(a), self.encode(b), same, margin=0.3)
        self.log(f"{stage}_loss", loss, prog_bar=True)
        return loss

    def training_step(self, batch, _):
        return self.step(batch, "train")

    def validation_step(self, batch, _):
        self.step(batch, "val")

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def loaders():
    d = torch.load("names.pt", weights_only=True)
    part = {s: TensorDataset(*(d[s][k] for k in ("a", "b", "same"))) for s in ("train", "val")}
    return DataLoader(part["train"], 256, shuffle=True), DataLoader(part["val"], 1024)


if __name__ == "__main__":
    trainer = L.Trainer(max_epochs=15, logger=L.pytorch.loggers.CSVLogger("logs"))
    trainer.fit(Matcher(), *loaders())  # PLANTED
