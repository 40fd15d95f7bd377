"""LSTM language model over chat lines, bucketed by length."""
import math
import random

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

PAD = 0
LOG_EVERY = 100


class Lines(Dataset):
    def __init__(self, path):
        with open(path) as f:
            self.rows = [torch.tensor([int(t) for t in ln.split()]) for ln in f if len(ln.split()) > 1]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        return self.rows[i]


def collate(rows):
    lengths = torch.tensor([len(r) - 1 for r in rows])
    padded = pad_sequence(rows, batch_first=True, padding_value=PAD)
    return padded[:, :-1], padded[:, 1:], lengths


class CharLSTM(nn.Module):
    def __init__(self, vocab, dim=384):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.rnn = nn.LSTM(dim, dim, num_layers=2, dropout=0.2, batch_first=True)
        self.out = nn.Linear(dim, vocab)

    def forward(self, x):
        h, _ = self.rnn(self.emb(x))
        return self.out(h)


def evaluate(model, loader, loss_fn, device):
    model.eval()
    total = torch.zeros((), device=device)
    tokens = 0
    with torch.no_grad():
        for x, y, lengths in loader:
            tokens += lengths.sum().item()
            logits = model(x.to(device, non_blocking=True))
            total += loss_fn(logits.flatten(0, 1), y.to(device, non_blocking=True).flatten())
    return total.item() / tokens


def main():
    random.seed(3)
    np.random.seed(3)
    torch.manual_seed(3)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    train = DataLoader(Lines("train.txt"), batch_size=64, shuffle=True, collate_fn=collate, pin_memory=True)
    valid = DataLoader(Lines("valid.txt"), batch_size=64, collate_fn=collate, pin_memory=True)

    model = CharLSTM(vocab=8000).to(device)
    loss_fn = nn.CrossEntropyLoss(ignore_index=PAD, reduction="sum")
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)

    for epoch in range(12):
        model.train()
        window = torch.zeros((), device=device)
        window_tokens = 0
        for step, (x, y, lengths) in enumerate(train, start=1):
            n = lengths.sum().item()
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            total = loss_fn(model(x).flatten(0, 1), y.flatten())

            opt.zero_grad(set_to_none=True)
            (total / n).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()

            window += total.detach()
            window_tokens += n
            if step % LOG_EVERY == 0:
                nll = window.item() / window_tokens
                print(f"epoch {epoch} step {step} nll {nll:.4f} ppl {math.exp(nll):.1f}")
                window.zero_()
                window_tokens = 0

        nll = evaluate(model, valid, loss_fn, device)
        print(f"epoch {epoch} valid nll {nll:.4f} ppl {math.exp(nll):.1f}")
    torch.save(model.state_dict(), "chat_lstm.pt")


if __name__ == "__main__":
    main()
