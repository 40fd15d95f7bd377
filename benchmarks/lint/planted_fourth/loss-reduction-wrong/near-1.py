"""Character-level LSTM language model with padded lines and gradient accumulation."""
import argparse
import math

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader, Dataset

IGNORE = -100


class LineDataset(Dataset):
    def __init__(self, lines, stoi):
        self.items = [torch.tensor([stoi["\n"]] + [stoi[c] for c in ln if c in stoi] + [stoi["\n"]])
                      for ln in lines]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        ids = self.items[i]
        return ids[:-1], ids[1:]


def collate(batch):
    xs, ys = zip(*batch)
    return (pad_sequence(list(xs), batch_first=True, padding_value=0),
            pad_sequence(list(ys), batch_first=True, padding_value=IGNORE))


class CharLM(nn.Module):
    def __init__(self, vocab, dim=256, layers=2):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.lstm = nn.LSTM(dim, dim, layers, batch_first=True, dropout=0.2)
        self.proj = nn.Linear(dim, vocab)

    def forward(self, x):
        h, _ = self.lstm(self.emb(x))
        return self.proj(h)


def grouped(loader, n):
    buf = []
    for b in loader:
        buf.append(b)
        if len(buf) == n:
            yield buf
            buf = []
    if buf:
        yield buf


@torch.no_grad()
def bits_per_char(model, loader, criterion, device):
    model.eval()
    total, count = 0.0, 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        total += criterion(model(x).flatten(0, 1), y.flatten()).item()
        count += (y != IGNORE).sum().item()
    return total / count / math.log(2)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("text")
    p.add_argument("--accum", type=int, default=4)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--lr", type=float, default=2e-3)
    args = p.parse_args()

    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with open(args.text, encoding="utf-8") as f:
        lines = [ln.strip() for ln in f if ln.strip()]
    order = torch.randperm(len(lines)).tolist()
    cut = int(0.9 * len(lines))
    train_lines = [lines[i] for i in order[:cut]]
    val_lines = [lines[i] for i in order[cut:]]
    chars = sorted(set("\n" + "".join(train_lines)))
    stoi = {c: i for i, c in enumerate(chars)}

    train = DataLoader(LineDataset(train_lines, stoi), args.batch, shuffle=True, collate_fn=collate)
    val = DataLoader(LineDataset(val_lines, stoi), args.batch, collate_fn=collate)
    model = CharLM(len(chars)).to(device)
    criterion = nn.CrossEntropyLoss(ignore_index=IGNORE, reduction="sum")
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    for epoch in range(args.epochs):
        model.train()
        for step, micro in enumerate(grouped(train, args.accum)):
            n_tokens = sum(int((y != IGNORE).sum()) for _, y in micro)
            optimizer.zero_grad()
            step_loss = torch.zeros((), device=device)
            for x, y in micro:
                x, y = x.to(device), y.to(device)
                loss = criterion(model(x).flatten(0, 1), y.flatten()) / n_tokens
                loss.backward()
                step_loss += loss.detach()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 100 == 0:
                print(f"epoch {epoch} step {step} loss {step_loss.item():.4f}")
        print(f"epoch {epoch} val bpc {bits_per_char(model, val, criterion, device):.4f}")
    torch.save(model.state_dict(), "charlm.pt")


if __name__ == "__main__":
    main()
