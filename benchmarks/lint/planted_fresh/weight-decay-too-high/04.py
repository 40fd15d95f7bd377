"""Music tagging with Lightning and AdamW, biases and norms in a group of their own."""
import lightning as L
import torch
from torch import nn
from torch.utils.data import DataLoader

from tagatune import MelClips  # (1, 96, 256), tags (50,)


def stage(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, 2, 1), nn.BatchNorm2d(o), nn.ReLU())


class Tagger(L.LightningModule):
    def __init__(self, lr=5e-4):
        super().__init__()
        self.save_hyperparameters()
        self.body = nn.Sequential(stage(1, 64), stage(64, 128), stage(128, 256))
        self.head = nn.Linear(256, 50)
        self.bce = nn.BCEWithLogitsLoss()

    def forward(self, mel):
        return self.head(self.body(mel).mean((2, 3)))

    def training_step(self, batch, i):
        mel, tags = batch
        loss = self.bce(self(mel), tags.float())
        self.log("train", loss, prog_bar=True)
        return loss

    def validation_step(self, batch, i):
        mel, tags = batch
        self.log("val", self.bce(self(mel), tags.float()), prog_bar=True)

    def configure_optimizers(self):
        kernels = [p for p in self.parameters() if p.ndim > 1]
        vectors = [p for p in self.parameters() if p.ndim == 1]
        return torch.optim.AdamW(
            [
                {"params": kernels, "weight_decay": 50.0},  # PLANTED
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=self.hparams.lr,
        )


if __name__ == "__main__":
    L.seed_everything(50, workers=True)
    L.Trainer(max_epochs=30, precision="bf16-mixed").fit(
        Tagger(),
        DataLoader(MelClips("train"), 64, shuffle=True, num_workers=4),
        DataLoader(MelClips("val"), 128, num_workers=4),
    )
