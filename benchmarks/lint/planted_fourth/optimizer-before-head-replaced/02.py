"""Keyword spotting: fine-tune an audio encoder pretrained on a larger label set."""
from __future__ import annotations

import json
from pathlib import Path

import torch
import torch.nn as nn
import torchaudio
from torch.utils.data import DataLoader, Dataset


class ClipDataset(Dataset):
    """Manifest rows: {"path": ..., "label": ...}; one-second, 16 kHz mono clips."""

    def __init__(self, manifest: Path, labels: list[str]):
        self.rows = [json.loads(line) for line in manifest.read_text().splitlines()]
        self.index = {name: i for i, name in enumerate(labels)}
        self.mel = torchaudio.transforms.MelSpectrogram(16_000, n_fft=512, hop_length=160, n_mels=64)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, i: int):
        wav, _ = torchaudio.load(self.rows[i]["path"])
        wav = nn.functional.pad(wav[:1], (0, max(0, 16_000 - wav.shape[1])))[:, :16_000]
        spec = torch.log(self.mel(wav) + 1e-6)
        return spec, self.index[self.rows[i]["label"]]


class AudioNet(nn.Module):
    def __init__(self, n_labels: int, width: int = 64):
        super().__init__()
        self.width = width
        chans = [1, width, width * 2, width * 4]
        stages = []
        for c_in, c_out in zip(chans[:-1], chans[1:]):
            stages += [nn.Conv2d(c_in, c_out, 3, 2, 1), nn.GroupNorm(8, c_out), nn.SiLU()]
        self.encoder = nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.classifier = nn.Linear(width * 4, n_labels)

    def reset_classifier(self, n_labels: int) -> None:
        ref = self.classifier.weight
        self.classifier = nn.Linear(self.width * 4, n_labels, device=ref.device, dtype=ref.dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.encoder(x))


class FineTuner:
    def __init__(self, checkpoint: Path, pretrain_labels: int, lr: float = 3e-4):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = AudioNet(pretrain_labels)
        self.model.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True))
        self.model.to(self.device)
        self.opt = torch.optim.Adam(self.model.parameters(), lr=lr)  # PLANTED
        self.loss_fn = nn.CrossEntropyLoss(label_smoothing=0.05)

    def fit(self, train_manifest: Path, val_manifest: Path, labels: list[str], epochs: int = 15) -> float:
        self.model.reset_classifier(len(labels))
        train = DataLoader(ClipDataset(train_manifest, labels), batch_size=64, shuffle=True, num_workers=4)
        val = DataLoader(ClipDataset(val_manifest, labels), batch_size=128, num_workers=4)
        best = 0.0
        for epoch in range(epochs):
            avg = self._train_epoch(train)
            acc = self._accuracy(val)
            print(json.dumps({"epoch": epoch, "loss": round(avg, 4), "val_acc": round(acc, 4)}))
            if acc > best:
                best = acc
                torch.save({"model": self.model.state_dict(), "labels": labels}, "keywords.pt")
        return best

    def _train_epoch(self, loader: DataLoader) -> float:
        self.model.train()
        total, n = torch.zeros((), device=self.device), 0
        for spec, label in loader:
            spec, label = spec.to(self.device), label.to(self.device)
            self.opt.zero_grad(set_to_none=True)
            loss = self.loss_fn(self.model(spec), label)
            loss.backward()
            self.opt.step()
            total += loss.detach() * len(label)
            n += len(label)
        return total.item() / n

    @torch.no_grad()
    def _accuracy(self, loader: DataLoader) -> float:
        self.model.eval()
        hits = n = 0
        for spec, label in loader:
            pred = self.model(spec.to(self.device)).argmax(1).cpu()
            hits += (pred == label).sum().item()
            n += len(label)
        return hits / n


if __name__ == "__main__":
    torch.manual_seed(1234)
    root = Path("data/keywords")
    names = sorted(json.loads((root / "labels.json").read_text()))
    tuner = FineTuner(Path("pretrained/audionet_527.pt"), pretrain_labels=527)
    print("best accuracy", tuner.fit(root / "train.jsonl", root / "val.jsonl", names))
