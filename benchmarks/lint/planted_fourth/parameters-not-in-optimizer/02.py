"""Speaker embeddings with an additive angular margin loss (VoxCeleb subset)."""
import argparse
import math
import pathlib

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchaudio
from sklearn.metrics import roc_curve
from torch.utils.data import DataLoader, Dataset


class Utterances(Dataset):
    def __init__(self, root, speakers, seconds=3, sr=16000):
        self.n = seconds * sr
        self.items = [(p, k) for k, spk in enumerate(speakers)
                      for p in sorted((pathlib.Path(root) / spk).rglob("*.wav"))]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        path, spk = self.items[i]
        wav = torchaudio.load(str(path))[0][0]
        if wav.numel() < self.n:
            wav = wav.repeat(self.n // wav.numel() + 1)
        start = int(torch.randint(wav.numel() - self.n + 1, ()))
        return wav[start:start + self.n], spk


class TDNN(nn.Module):
    def __init__(self, n_mels=80, ch=512, emb=192):
        super().__init__()
        self.mel = torchaudio.transforms.MelSpectrogram(16000, 512, 400, 160, n_mels=n_mels)
        self.frames = nn.Sequential(
            nn.Conv1d(n_mels, ch, 5, padding=2), nn.ReLU(), nn.BatchNorm1d(ch),
            nn.Conv1d(ch, ch, 3, dilation=2, padding=2), nn.ReLU(), nn.BatchNorm1d(ch),
            nn.Conv1d(ch, ch, 3, dilation=3, padding=3), nn.ReLU(), nn.BatchNorm1d(ch),
        )
        self.fc = nn.Linear(2 * ch, emb)

    def forward(self, wav):
        x = torch.log(self.mel(wav) + 1e-6)
        x = self.frames(x - x.mean(dim=-1, keepdim=True))
        stats = torch.cat([x.mean(-1), x.var(-1).clamp_min(1e-6).sqrt()], dim=1)
        return self.fc(stats)


class AAMSoftmax(nn.Module):
    def __init__(self, n_class, emb=192, margin=0.2, scale=30.0):
        super().__init__()
        self.m, self.s = margin, scale
        self.weight = nn.Parameter(torch.empty(n_class, emb))
        nn.init.xavier_normal_(self.weight)

    def forward(self, x, label):
        cosine = F.linear(F.normalize(x), F.normalize(self.weight)).clamp(-1 + 1e-6, 1 - 1e-6)
        sine = (1.0 - cosine.pow(2)).sqrt()
        phi = cosine * math.cos(self.m) - sine * math.sin(self.m)
        onehot = F.one_hot(label, cosine.size(1)).bool()
        logits = self.s * torch.where(onehot, phi, cosine)
        return F.cross_entropy(logits, label)


@torch.no_grad()
def equal_error_rate(encoder, loader, device):
    encoder.eval()
    embs, spks = [], []
    for wav, spk in loader:
        embs.append(F.normalize(encoder(wav.to(device))).cpu())
        spks.append(spk)
    e, s = torch.cat(embs), torch.cat(spks)
    i, j = torch.triu_indices(len(e), len(e), 1)
    fpr, tpr, _ = roc_curve((s[i] == s[j]).numpy(), (e[i] * e[j]).sum(1).numpy())
    k = abs((1 - tpr) - fpr).argmin()
    return float(((1 - tpr)[k] + fpr[k]) / 2)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--root", default="voxceleb1/wav")
    ap.add_argument("--max-epoch", type=int, default=40)
    ap.add_argument("--batch-size", type=int, default=128)
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--val-speakers", type=int, default=40)
    args = ap.parse_args()

    torch.manual_seed(10)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    everyone = sorted(p.name for p in pathlib.Path(args.root).iterdir() if p.is_dir())
    held_out, known = everyone[:args.val_speakers], everyone[args.val_speakers:]
    train = DataLoader(Utterances(args.root, known), args.batch_size, shuffle=True, num_workers=8, drop_last=True)
    val = DataLoader(Utterances(args.root, held_out), args.batch_size, num_workers=8)

    encoder = TDNN().to(device)
    speaker_loss = AAMSoftmax(len(known)).to(device)
    optimizer = torch.optim.Adam(encoder.parameters(), lr=args.lr)  # PLANTED
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.97)

    best = 1.0
    for epoch in range(args.max_epoch):
        encoder.train()
        for it, (wav, spk) in enumerate(train):
            loss = speaker_loss(encoder(wav.to(device)), spk.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if it % 100 == 0:
                print(f"epoch {epoch} it {it} loss {loss.item():.4f}")
        scheduler.step()
        eer = equal_error_rate(encoder, val, device)
        print(f"epoch {epoch} EER {100 * eer:.2f}%")
        if eer < best:
            best = eer
            torch.save(encoder.state_dict(), "tdnn_best.pt")


if __name__ == "__main__":
    main()
