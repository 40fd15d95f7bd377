"""Emotion recognition: a frozen speech encoder in half precision, a small head on top."""
import csv
import random

import torch
import torchaudio
from torch import nn
from torch.utils.data import DataLoader, Dataset

SR, SECONDS = 16000, 4
EPOCHS, BATCH, LR = 20, 32, 1e-3
EMOTIONS = ["neutral", "happy", "sad", "angry"]


class Clips(Dataset):
    def __init__(self, manifest):
        with open(manifest) as f:
            self.rows = list(csv.DictReader(f))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        wav, sr = torchaudio.load(self.rows[i]["path"])
        wav = torchaudio.functional.resample(wav.mean(0), sr, SR)[: SR * SECONDS]
        wav = nn.functional.pad(wav, (0, SR * SECONDS - wav.numel()))
        return wav, EMOTIONS.index(self.rows[i]["emotion"])


class Head(nn.Module):
    def __init__(self, dim, classes):
        super().__init__()
        self.attn = nn.Linear(dim, 1)
        self.mlp = nn.Sequential(nn.Linear(dim, 256), nn.ReLU(), nn.Dropout(0.3), nn.Linear(256, classes))

    def forward(self, feats):
        w = self.attn(feats).softmax(dim=1)
        return self.mlp((w * feats).sum(dim=1))


def main():
    random.seed(31)
    torch.manual_seed(31)
    train_dl = DataLoader(Clips("train.csv"), BATCH, shuffle=True, num_workers=4)
    valid_dl = DataLoader(Clips("valid.csv"), BATCH, num_workers=4)

    bundle = torchaudio.pipelines.WAV2VEC2_BASE
    encoder = bundle.get_model().cuda().eval().requires_grad_(False)
    model = Head(768, len(EMOTIONS)).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    criterion = nn.CrossEntropyLoss()

    def features(wav):
        with torch.no_grad(), torch.autocast("cuda", dtype=torch.float16):
            out, _ = encoder.extract_features(wav.cuda(non_blocking=True))
        return out[-1].float()

    for epoch in range(EPOCHS):
        model.train()
        total = torch.zeros((), device="cuda")
        for wav, label in train_dl:
            logits = model(features(wav))
            loss = criterion(logits, label.cuda())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()

        model.eval()
        hits = torch.zeros((), device="cuda")
        with torch.no_grad():
            for wav, label in valid_dl:
                hits += (model(features(wav)).argmax(1) == label.cuda()).sum()
        print(f"epoch {epoch} loss {total.item() / len(train_dl):.4f} "
              f"acc {hits.item() / len(valid_dl.dataset):.4f}")

    torch.save(model.state_dict(), "emotion_head.pt")


if __name__ == "__main__":
    main()
