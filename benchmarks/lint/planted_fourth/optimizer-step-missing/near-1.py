"""Sentiment LSTM whose weights are updated as soon as each gradient is ready (saves gradient memory)."""
import csv
from collections import Counter

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader

PAD, UNK = 0, 1


def read_reviews(path):
    with open(path, newline="", encoding="utf-8") as f:
        return [(row["text"].lower().split()[:400], int(row["label"])) for row in csv.DictReader(f) if row["text"].strip()]


def build_vocab(rows, size=30_000):
    counts = Counter(tok for toks, _ in rows for tok in toks)
    return {tok: i + 2 for i, (tok, _) in enumerate(counts.most_common(size))}


def make_collate(vocab):
    def collate(rows):
        ids = [torch.tensor([vocab.get(t, UNK) for t in toks]) for toks, _ in rows]
        lengths = torch.tensor([len(i) for i in ids])
        labels = torch.tensor([float(y) for _, y in rows])
        return pad_sequence(ids, batch_first=True, padding_value=PAD), lengths, labels
    return collate


class SentimentLSTM(nn.Module):
    def __init__(self, vocab_size, dim=200, hidden=256):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim, padding_idx=PAD)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.drop = nn.Dropout(0.3)
        self.out = nn.Linear(hidden * 2, 1)

    def forward(self, ids, lengths):
        x = pack_padded_sequence(self.drop(self.emb(ids)), lengths, batch_first=True, enforce_sorted=False)
        _, (h, _) = self.lstm(x)
        return self.out(self.drop(torch.cat([h[-2], h[-1]], dim=1))).squeeze(1)


def attach_optimizers(model, lr):
    per_param = {p: torch.optim.Adam([p], lr=lr) for p in model.parameters()}

    def apply_update(p):
        per_param[p].step()
        per_param[p].zero_grad()

    for p in model.parameters():
        p.register_post_accumulate_grad_hook(apply_update)
    return per_param


@torch.no_grad()
def accuracy(model, loader, device):
    model.eval()
    hits = total = 0
    for ids, lengths, y in loader:
        pred = (model(ids.to(device), lengths) > 0).float().cpu()
        hits += (pred == y).sum().item()
        total += y.numel()
    return hits / total


def main():
    torch.manual_seed(21)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_rows, val_rows = read_reviews("imdb_train.csv"), read_reviews("imdb_val.csv")
    vocab = build_vocab(train_rows)
    collate = make_collate(vocab)
    train = DataLoader(train_rows, batch_size=64, shuffle=True, collate_fn=collate)
    val = DataLoader(val_rows, batch_size=128, collate_fn=collate)

    model = SentimentLSTM(len(vocab) + 2).to(device)
    attach_optimizers(model, lr=1e-3)
    criterion = nn.BCEWithLogitsLoss()

    for epoch in range(6):
        model.train()
        for step, (ids, lengths, y) in enumerate(train):
            loss = criterion(model(ids.to(device), lengths), y.to(device))
            loss.backward()
            if step % 100 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
        print(f"epoch {epoch} val accuracy {accuracy(model, val, device):.4f}")
    torch.save(model.state_dict(), "sentiment.pt")


if __name__ == "__main__":
    main()
