"""Keyword spotting: one second of sound, spectra on the fly, a small convolutional network."""

import lightning as L
import torch
import torch.nn.functional as F
import torchaudio
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchaudio.datasets import SPEECHCOMMANDS

WORDS = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"]
SECOND = 16_000


class Words(Dataset):
    def __init__(self, part: str) -> None:
        clips = SPEECHCOMMANDS("data", subset=part, download=True)
        self.clips = clips
        self.rows = [i for i in range(len(clips)) if clips.get_metadata(i)[2] in WORDS]
        self.mel = torchaudio.transforms.MelSpectrogram(SECOND, n_fft=400, hop_length=160, n_mels=40)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        wave, _, word, *_ = self.clips[self.rows[i]]
        wave = F.pad(wave, (0, SECOND - wave.shape[1]))  # many are shorter
        return self.mel(wave).log(), WORDS.index(word)  # PLANTED


class Spotter(L.LightningModule):
    def __init__(self, lr: float = 1e-3) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Dropout(0.3), nn.Linear(1024, len(WORDS)),
        )

    def training_step(self, batch, _):
        spectrum, word = batch
        loss = F.cross_entropy(self.net(spectrum), word)
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch, _):
        spectrum, word = batch
        scores = self.net(spectrum)
        self.log("val/loss", F.cross_entropy(scores, word), prog_bar=True)
        self.log("val/accuracy", (scores.argmax(1) == word).float().mean(), prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


if __name__ == "__main__":
    L.seed_everything(8, workers=True)
    train = DataLoader(Words("training"), batch_size=64, shuffle=True, num_workers=6)
    val = DataLoader(Words("validation"), batch_size=256, num_workers=2)
    L.Trainer(max_epochs=20, accelerator="auto", devices=1).fit(Spotter(), train, val)
