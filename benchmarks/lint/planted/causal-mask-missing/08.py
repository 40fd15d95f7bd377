"""Forecast every next value of a series with attention, in Lightning."""
import lightning as L
import torch
from torch import nn

from tides import Tides


class NextValue(L.LightningModule):
    def __init__(self, d=64, t=200):
        super().__init__()
        self.inp, self.pos = nn.Linear(1, d), nn.Parameter(torch.randn(t, d) * 0.02)
        self.enc = nn.TransformerEncoderLayer(d_model=d, nhead=4, batch_first=True)
        self.out = nn.Linear(d, 1)

    def forward(self, x):
        h = self.inp(x.unsqueeze(-1)) + self.pos[: x.size(1)]
        return self.out(self.enc(h, is_causal=False)).squeeze(-1)  # PLANTED

    def training_step(self, series, _):
        loss = nn.functional.l1_loss(self(series[:, :-1]), series[:, 1:])
        self.log("l1", loss)
        return loss

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters(), lr=3e-4)
        warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=200)
        return [opt], [{"scheduler": warm, "interval": "step"}]


if __name__ == "__main__":
    L.seed_everything(7)
    L.Trainer(max_epochs=20).fit(NextValue(), datamodule=Tides())
