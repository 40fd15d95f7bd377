"""Environmental sound classification on log-mel spectrograms (ESC-50)."""
import argparse
import csv
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchaudio
from torch.utils.data import DataLoader, Dataset

SR = 22050
CLIP = 5 * SR


class LogMel(nn.Module):
    def __init__(self, n_mels=96, time_mask=40, freq_mask=12):
        super().__init__()
        self.mel = torchaudio.transforms.MelSpectrogram(
            sample_rate=SR, n_fft=1024, hop_length=256, n_mels=n_mels, f_max=SR // 2)
        self.augment = nn.Sequential(
            torchaudio.transforms.TimeMasking(time_mask),
            torchaudio.transforms.FrequencyMasking(freq_mask),
        )

    def forward(self, wav):
        spec = self.mel(wav)
        spec = torch.log(spec)  # PLANTED
        spec = spec - spec.mean(dim=(-2, -1), keepdim=True)
        if self.training:
            spec = self.augment(spec)
        return spec


class ESC50(Dataset):
    def __init__(self, root, folds):
        self.root = os.path.join(root, "audio")
        with open(os.path.join(root, "meta", "esc50.csv")) as f:
            self.rows = [r for r in csv.DictReader(f) if int(r["fold"]) in folds]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        wav, sr = torchaudio.load(os.path.join(self.root, row["filename"]))
        wav = torchaudio.functional.resample(wav.mean(0, keepdim=True), sr, SR)[:, :CLIP]
        return F.pad(wav, (0, CLIP - wav.shape[1])), int(row["target"])


class SoundCNN(nn.Module):
    def __init__(self, classes=50, width=48):
        super().__init__()
        self.frontend = LogMel()
        chans = [1, width, 2 * width, 4 * width, 4 * width]
        self.blocks = nn.Sequential(*[
            nn.Sequential(nn.Conv2d(a, b, 3, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2))
            for a, b in zip(chans, chans[1:])
        ])
        self.drop = nn.Dropout(0.4)
        self.fc = nn.Linear(chans[-1], classes)

    def forward(self, wav):
        h = self.blocks(self.frontend(wav))
        return self.fc(self.drop(h.amax(dim=(2, 3))))


def epoch_pass(model, loader, device, optimizer):
    model.train()
    running = torch.zeros((), device=device)
    for wav, y in loader:
        wav, y = wav.to(device, non_blocking=True), y.to(device, non_blocking=True)
        loss = F.cross_entropy(model(wav), y, label_smoothing=0.1)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        running += loss.detach()
    return running.item() / len(loader)


@torch.no_grad()
def test(model, loader, device):
    model.eval()
    correct = torch.zeros((), device=device)
    for wav, y in loader:
        correct += (model(wav.to(device)).argmax(1) == y.to(device)).sum()
    return correct.item() / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root")
    parser.add_argument("--fold", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=80)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    opt = parser.parse_args()

    torch.manual_seed(opt.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train = DataLoader(ESC50(opt.root, {1, 2, 3, 4, 5} - {opt.fold}), 32, shuffle=True, num_workers=4,
                       pin_memory=True, drop_last=True)
    held = DataLoader(ESC50(opt.root, {opt.fold}), 64, num_workers=4, pin_memory=True)
    model = SoundCNN().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=opt.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, opt.epochs)
    for epoch in range(opt.epochs):
        loss = epoch_pass(model, train, device, optimizer)
        scheduler.step()
        print(f"fold {opt.fold} epoch {epoch} loss {loss:.4f} acc {test(model, held, device):.4f}")
    torch.save(model.state_dict(), f"esc50_fold{opt.fold}.pt")


if __name__ == "__main__":
    main()
