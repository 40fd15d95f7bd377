"""Speech enhancement, Lightning: predict a mask over the spectrogram, cosine over all updates."""

import lightning.pytorch as pl
import torch
from torch import nn
from torch.utils.data import DataLoader

from noisy_speech import NoisyClean


class Enhancer(pl.LightningModule):
    def __init__(self, bins: int = 257, hidden: int = 400, lr: float = 5e-4):
        super().__init__()
        self.save_hyperparameters()
        self.rnn = nn.GRU(bins, hidden, num_layers=3, batch_first=True)
        self.mask = nn.Linear(hidden, bins)

    def forward(self, magnitude):
        h, _ = self.rnn(magnitude.add(1.0).log())
        return self.mask(h).sigmoid() * magnitude

    def training_step(self, batch, batch_idx):
        noisy, clean = batch
        loss = nn.functional.mse_loss(self(noisy).sqrt(), clean.sqrt())
        self.log("loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch, batch_idx):
        noisy, clean = batch
        self.log("val_loss", nn.functional.mse_loss(self(noisy), clean))

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters(), lr=self.hparams.lr)
        cosine = torch.optim.lr_scheduler.CosineAnnealingLR(
            opt, T_max=self.trainer.estimated_stepping_batches
        )
        return [opt], [{"scheduler": cosine, "interval": "epoch"}]  # PLANTED


if __name__ == "__main__":
    pl.seed_everything(440, workers=True)
    trainer = pl.Trainer(max_epochs=50, gradient_clip_val=3.0, log_every_n_steps=10)
    trainer.fit(
        Enhancer(),
        DataLoader(NoisyClean("train"), 32, shuffle=True, num_workers=6),
        DataLoader(NoisyClean("val"), 32, num_workers=6),
    )
