"""Anomaly scores for machine sounds: an autoencoder on stacked log-mel frames."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
import torchaudio
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass(frozen=True)
class Settings:
    wav_dir: Path = Path("data/fan/normal")
    sample_rate: int = 16_000
    n_mels: int = 64
    context: int = 5
    holdout: float = 0.15
    batch_size: int = 512
    lr: float = 1e-3
    epochs: int = 40
    seed: int = 99


class Splits(NamedTuple):
    train: Tensor
    held_out: Tensor


class Standardizer(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))

    def fit(self, clips: list[Tensor]) -> "Standardizer":
        rows = torch.cat(clips)
        self.mean.copy_(rows.mean(0))
        self.std.copy_(rows.std(0).clamp_min(1e-5))
        return self

    def forward(self, x: Tensor) -> Tensor:
        return (x - self.mean) / self.std


class Autoencoder(nn.Sequential):
    def __init__(self, width: int, code: int = 8):
        super().__init__(
            nn.Linear(width, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, code),
            nn.ReLU(), nn.Linear(code, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, width),
        )


def read_clips(s: Settings) -> list[Tensor]:
    mel = torchaudio.transforms.MelSpectrogram(s.sample_rate, n_fft=1024, hop_length=512, n_mels=s.n_mels)
    to_db = torchaudio.transforms.AmplitudeToDB(top_db=None)
    clips = []
    for path in sorted(s.wav_dir.glob("*.wav")):
        wave, rate = torchaudio.load(str(path))
        wave = torchaudio.functional.resample(wave.mean(0), rate, s.sample_rate)
        frames = to_db(mel(wave)).T
        clips.append(frames.unfold(0, s.context, 1).flatten(1))
    return clips


def prepare(s: Settings) -> tuple[Splits, Standardizer]:
    clips = read_clips(s)
    norm = Standardizer(clips[0].size(1)).fit(clips)  # PLANTED
    order = torch.randperm(len(clips), generator=torch.Generator().manual_seed(s.seed)).tolist()
    n_held = max(1, int(s.holdout * len(clips)))
    held = torch.cat([clips[i] for i in order[:n_held]])
    train = torch.cat([clips[i] for i in order[n_held:]])
    return Splits(norm(train), norm(held)), norm


@torch.no_grad()
def reconstruction_error(model: nn.Module, rows: Tensor, device: torch.device) -> float:
    model.eval()
    total = torch.zeros((), device=device)
    for (x,) in DataLoader(TensorDataset(rows), batch_size=4096):
        x = x.to(device)
        total += (model(x) - x).pow(2).mean(1).sum()
    return total.item() / len(rows)


def main(s: Settings = Settings()) -> None:
    torch.manual_seed(s.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    splits, norm = prepare(s)
    loader = DataLoader(TensorDataset(splits.train), s.batch_size, shuffle=True)
    model = Autoencoder(splits.train.size(1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=s.lr)
    best = float("inf")
    for epoch in range(s.epochs):
        model.train()
        running = torch.zeros((), device=device)
        for (x,) in loader:
            x = x.to(device)
            loss = nn.functional.mse_loss(model(x), x)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            running += loss.detach()
        err = reconstruction_error(model, splits.held_out, device)
        print(f"{epoch:02d} train {running.item() / len(loader):.4f} held-out {err:.4f}")
        if err < best:
            best = err
            torch.save({"model": model.state_dict(), "norm": norm.state_dict()}, "fan_ae.pt")


if __name__ == "__main__":
    main()
