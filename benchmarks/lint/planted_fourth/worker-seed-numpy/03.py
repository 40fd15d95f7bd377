"""Environmental sound classification (ESC-50) with waveform augmentation."""
import csv
from pathlib import Path
from typing import Callable, Sequence

import lightning.pytorch as pl
import numpy as np
import soundfile as sf
import torch
import torch.nn.functional as F
import torchaudio
from torch import nn
from torch.utils.data import DataLoader, Dataset

AUGMENTATIONS: dict[str, type] = {}


def register(name: str):
    def wrap(cls):
        AUGMENTATIONS[name] = cls
        return cls
    return wrap


class WaveTransform:
    def __init__(self, p: float, random_state: np.random.RandomState) -> None:
        self.p = p
        self.random_state = random_state

    def __call__(self, wave: np.ndarray) -> np.ndarray:
        return self.apply(wave) if self.random_state.rand() < self.p else wave

    def apply(self, wave: np.ndarray) -> np.ndarray:
        raise NotImplementedError


@register("gain")
class Gain(WaveTransform):
    def apply(self, wave):
        return wave * 10 ** (self.random_state.uniform(-12, 6) / 20)


@register("roll")
class TimeRoll(WaveTransform):
    def apply(self, wave):
        return np.roll(wave, self.random_state.randint(len(wave)))


@register("noise")
class BackgroundNoise(WaveTransform):
    def apply(self, wave):
        level = wave.std() * self.random_state.uniform(0.01, 0.2)
        return wave + level * self.random_state.randn(len(wave))


class Chain:
    def __init__(self, steps: Sequence[Callable]) -> None:
        self.steps = list(steps)

    def __call__(self, wave):
        for step in self.steps:
            wave = step(wave)
        return wave


def build_augmentation(spec: dict[str, float], seed: int) -> Chain:
    state = np.random.RandomState(seed)
    return Chain(AUGMENTATIONS[name](p, state) for name, p in spec.items())


class ESC50(Dataset):
    def __init__(self, root: Path, folds: set[int], transform: Callable | None = None) -> None:
        with open(root / "meta" / "esc50.csv") as fh:
            self.rows = [r for r in csv.DictReader(fh) if int(r["fold"]) in folds]
        self.root, self.transform = root, transform

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int):
        row = self.rows[i]
        wave, _ = sf.read(self.root / "audio" / row["filename"], dtype="float32")
        if self.transform is not None:
            wave = self.transform(wave)
        return torch.as_tensor(wave, dtype=torch.float32), int(row["target"])


class ESC50Module(pl.LightningDataModule):
    def __init__(self, root: str, val_fold: int = 5, batch_size: int = 32, num_workers: int = 6, seed: int = 0):
        super().__init__()
        self.save_hyperparameters()

    def setup(self, stage=None):
        hp = self.hparams
        augment = build_augmentation({"gain": 0.8, "roll": 0.5, "noise": 0.5}, hp.seed)
        self.train_set = ESC50(Path(hp.root), set(range(1, 6)) - {hp.val_fold}, augment)
        self.val_set = ESC50(Path(hp.root), {hp.val_fold})

    def train_dataloader(self):
        return DataLoader(self.train_set, self.hparams.batch_size, shuffle=True, num_workers=self.hparams.num_workers, persistent_workers=True)  # PLANTED

    def val_dataloader(self):
        return DataLoader(self.val_set, self.hparams.batch_size, num_workers=self.hparams.num_workers)


class SoundNet(pl.LightningModule):
    def __init__(self, n_classes: int = 50, lr: float = 1e-3):
        super().__init__()
        self.lr = lr
        self.mel = torchaudio.transforms.MelSpectrogram(44100, n_fft=2048, hop_length=512, n_mels=128)
        self.db = torchaudio.transforms.AmplitudeToDB(top_db=80)
        blocks, c = [nn.BatchNorm2d(1)], 1
        for width in (32, 64, 128, 256):
            blocks += [nn.Conv2d(c, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
            c = width
        self.net = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4), nn.Linear(c, n_classes))

    def forward(self, wave):
        return self.net(self.db(self.mel(wave)).unsqueeze(1))

    def training_step(self, batch, _):
        wave, y = batch
        loss = F.cross_entropy(self(wave), y)
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch, _):
        wave, y = batch
        logits = self(wave)
        self.log_dict({"val_loss": F.cross_entropy(logits, y),
                       "val_acc": (logits.argmax(1) == y).float().mean()}, prog_bar=True, batch_size=len(y))

    def configure_optimizers(self):
        opt = torch.optim.Adam(self.parameters(), lr=self.lr)
        return [opt], [torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=self.trainer.max_epochs)]


if __name__ == "__main__":
    pl.seed_everything(17, workers=True)
    pl.Trainer(max_epochs=80, log_every_n_steps=20).fit(SoundNet(), datamodule=ESC50Module("data/ESC-50"))
