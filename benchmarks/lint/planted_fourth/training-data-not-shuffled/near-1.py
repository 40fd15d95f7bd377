"""Speech emotion recognition; utterances are grouped by length so that batches hold little padding."""
import csv
from pathlib import Path

import torch
import torchaudio
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset, Sampler

EMOTIONS = ["neutral", "happy", "sad", "angry", "fear", "disgust"]


class Utterances(Dataset):
    def __init__(self, manifest, n_mels=64):
        with open(manifest, newline="") as fh:
            self.rows = list(csv.DictReader(fh))
        self.frames = [int(r["frames"]) for r in self.rows]
        self.root = Path(manifest).parent
        self.mel = torchaudio.transforms.MelSpectrogram(16000, n_fft=400, hop_length=160, n_mels=n_mels)

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        wav, _ = torchaudio.load(str(self.root / self.rows[i]["path"]))
        spec = (self.mel(wav.mean(0)) + 1e-6).log()
        return spec.t(), EMOTIONS.index(self.rows[i]["emotion"])


class LengthBatches(Sampler):
    """Yields lists of indices: neighbours in length after jitter, batches in random order."""

    def __init__(self, frames, batch_size, jitter=0.1):
        self.frames = torch.tensor(frames, dtype=torch.float32)
        self.batch_size, self.jitter = batch_size, jitter

    def __iter__(self):
        noise = 1 + self.jitter * (2 * torch.rand(len(self.frames)) - 1)
        order = torch.argsort(self.frames * noise)
        batches = order.split(self.batch_size)
        for k in torch.randperm(len(batches)).tolist():
            yield batches[k].tolist()

    def __len__(self):
        return -(-len(self.frames) // self.batch_size)


def collate(rows):
    specs, labels = zip(*rows)
    lengths = torch.tensor([len(s) for s in specs])
    return pad_sequence(specs, batch_first=True), lengths, torch.tensor(labels)


class EmotionNet(nn.Module):
    def __init__(self, n_mels=64, hidden=128):
        super().__init__()
        self.gru = nn.GRU(n_mels, hidden, num_layers=2, dropout=0.2, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, len(EMOTIONS))

    def forward(self, spec, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(spec, lengths, batch_first=True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        mask = torch.arange(states.size(1))[None, :] < lengths[:, None]
        mask = mask.to(states.device).unsqueeze(-1)
        return self.out((states * mask).sum(1) / mask.sum(1))


@torch.no_grad()
def evaluate(model, loader, device):
    model.eval()
    right, n = torch.zeros((), device=device), 0
    for spec, lengths, y in loader:
        right += (model(spec.to(device), lengths).argmax(1) == y.to(device)).sum()
        n += len(y)
    return right.item() / n


def main():
    torch.manual_seed(99)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_set, val_set = Utterances("data/crema/train.csv"), Utterances("data/crema/val.csv")
    train_loader = DataLoader(
        train_set, batch_sampler=LengthBatches(train_set.frames, 32), collate_fn=collate, num_workers=4
    )
    val_loader = DataLoader(val_set, batch_size=32, collate_fn=collate, num_workers=4)

    model = EmotionNet().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    criterion = nn.CrossEntropyLoss()
    best = 0.0
    for epoch in range(40):
        model.train()
        total = torch.zeros((), device=device)
        for spec, lengths, y in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(spec.to(device), lengths), y.to(device))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.detach()
        acc = evaluate(model, val_loader, device)
        print(f"epoch {epoch}: loss {total.item() / len(train_loader):.4f}, val acc {acc:.4f}")
        if acc > best:
            best = acc
            torch.save(model.state_dict(), "emotion.pt")


if __name__ == "__main__":
    main()
