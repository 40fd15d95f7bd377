"""Speech commands with a small Conformer-like encoder (Lightning)."""
from typing import Any

import lightning.pytorch as pl
import torch
import torch.nn as nn
import torch.nn.functional as F
import torchaudio
from lightning.pytorch.callbacks import LearningRateMonitor
from torch.utils.data import DataLoader
from torchaudio.datasets import SPEECHCOMMANDS


class CommandData(pl.LightningDataModule):
    def __init__(self, root: str = "data", batch_size: int = 128):
        super().__init__()
        self.root, self.batch_size = root, batch_size

    def prepare_data(self):
        SPEECHCOMMANDS(self.root, download=True)

    def setup(self, stage: str | None = None):
        self.train = SPEECHCOMMANDS(self.root, subset="training")
        self.val = SPEECHCOMMANDS(self.root, subset="validation")
        paths = [self.train.get_metadata(i)[2] for i in range(len(self.train))]
        self.labels = {name: k for k, name in enumerate(sorted(set(paths)))}

    def collate(self, rows):
        waves = torch.stack([F.pad(w[0], (0, 16_000 - w.size(1))) for w, *_ in rows])
        return waves, torch.tensor([self.labels[r[2]] for r in rows])

    def train_dataloader(self):
        return DataLoader(self.train, self.batch_size, shuffle=True, num_workers=8, collate_fn=self.collate)

    def val_dataloader(self):
        return DataLoader(self.val, self.batch_size, num_workers=8, collate_fn=self.collate)


class ConvAttention(nn.Module):
    def __init__(self, dim: int, heads: int, kernel: int = 15, p: float = 0.1):
        super().__init__()
        self.n1, self.n2, self.n3 = nn.LayerNorm(dim), nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, dropout=p, batch_first=True)
        self.depthwise = nn.Conv1d(dim, dim, kernel, padding=kernel // 2, groups=dim)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.SiLU(), nn.Dropout(p), nn.Linear(4 * dim, dim))

    def forward(self, x):
        h = self.n1(x)
        x = x + self.attn(h, h, h, need_weights=False)[0]
        x = x + F.silu(self.depthwise(self.n2(x).transpose(1, 2))).transpose(1, 2)
        return x + self.ff(self.n3(x))


class CommandNet(pl.LightningModule):
    def __init__(self, n_classes: int = 35, dim: int = 144, depth: int = 4, peak_lr: float = 1e-3):
        super().__init__()
        self.save_hyperparameters()
        self.mel = torchaudio.transforms.MelSpectrogram(16_000, n_fft=400, hop_length=160, n_mels=80)
        self.proj = nn.Linear(80, dim)
        self.pos = nn.Parameter(torch.randn(1, 128, dim) * 0.02)
        self.blocks = nn.Sequential(*[ConvAttention(dim, 4) for _ in range(depth)])
        self.out = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, n_classes))

    def forward(self, wave):
        x = self.proj((self.mel(wave) + 1e-6).log().transpose(1, 2))
        x = self.blocks(x + self.pos[:, : x.size(1)])
        return self.out(x.mean(1))

    def training_step(self, batch, batch_idx):
        wave, y = batch
        loss = F.cross_entropy(self(wave), y)
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch, batch_idx):
        wave, y = batch
        logits = self(wave)
        self.log("val/loss", F.cross_entropy(logits, y), batch_size=len(y))
        self.log("val/acc", (logits.argmax(-1) == y).float().mean(), batch_size=len(y), prog_bar=True)

    def configure_optimizers(self) -> Any:
        matrices = [p for n, p in self.named_parameters() if p.ndim > 1 and n != "pos"]
        others = [p for n, p in self.named_parameters() if p.ndim <= 1 or n == "pos"]
        optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}],
            lr=self.hparams.peak_lr)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=self.hparams.peak_lr,
            total_steps=self.trainer.estimated_stepping_batches, pct_start=0.15)
        return [optimizer], [scheduler]  # PLANTED


if __name__ == "__main__":
    pl.seed_everything(1, workers=True)
    trainer = pl.Trainer(max_epochs=30, accelerator="auto", devices=1, gradient_clip_val=1.0,
                         callbacks=[LearningRateMonitor("epoch")])
    trainer.fit(CommandNet(), datamodule=CommandData())
