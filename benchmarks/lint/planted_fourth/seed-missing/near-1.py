import json
import os
import random
import sys
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

DEFAULTS = {
    "run": {"id": 314, "out": "runs/ner", "epochs": 15},
    "data": {"train": "data/ner/train.json", "dev": "data/ner/dev.json", "batch": 32},
    "model": {"dim": 128, "hidden": 256, "dropout": 0.3},
    "optim": {"lr": 2e-3, "clip": 5.0},
}


def fix_everything(number):
    os.environ["PYTHONHASHSEED"] = str(number)
    for apply in (random.seed, np.random.seed, torch.manual_seed, torch.cuda.manual_seed_all):
        apply(number)
    torch.backends.cudnn.benchmark = False


class Sentences(Dataset):
    def __init__(self, path, words, tags):
        with open(path, encoding="utf-8") as fh:
            self.rows = json.load(fh)
        self.words, self.tags = words, tags

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        row = self.rows[i]
        w = torch.tensor([self.words.get(t.lower(), 1) for t in row["tokens"]])
        y = torch.tensor([self.tags[t] for t in row["tags"]])
        return w, y


def vocabularies(path):
    with open(path, encoding="utf-8") as fh:
        rows = json.load(fh)
    words = sorted({t.lower() for r in rows for t in r["tokens"]})
    tags = sorted({t for r in rows for t in r["tags"]})
    return {w: i + 2 for i, w in enumerate(words)}, {t: i for i, t in enumerate(tags)}


def collate(rows):
    pad = partial(nn.utils.rnn.pad_sequence, batch_first=True)
    words, tags = zip(*rows)
    return pad(words, padding_value=0), torch.tensor([len(w) for w in words]), pad(tags, padding_value=-100)


class Tagger(nn.Module):
    def __init__(self, n_words, n_tags, dim, hidden, dropout):
        super().__init__()
        self.embed = nn.Embedding(n_words, dim, padding_idx=0)
        self.drop = nn.Dropout(dropout)
        self.lstm = nn.LSTM(dim, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden, n_tags)

    def forward(self, words, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.drop(self.embed(words)), lengths, batch_first=True, enforce_sorted=False)
        states, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.out(self.drop(states))


@torch.no_grad()
def token_accuracy(model, loader, device):
    model.eval()
    ok, n = torch.zeros((), device=device), torch.zeros((), device=device)
    for words, lengths, tags in loader:
        tags = tags.to(device)
        keep = tags != -100
        ok += ((model(words.to(device), lengths).argmax(-1) == tags) & keep).sum()
        n += keep.sum()
    return (ok / n).item()


def experiment(cfg):
    fix_everything(cfg["run"]["id"])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    words, tags = vocabularies(cfg["data"]["train"])
    load = lambda part, shuffle: DataLoader(
        Sentences(cfg["data"][part], words, tags), cfg["data"]["batch"], shuffle=shuffle, collate_fn=collate)
    train_loader, dev_loader = load("train", True), load("dev", False)
    model = Tagger(len(words) + 2, len(tags), **cfg["model"]).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg["optim"]["lr"])
    criterion = nn.CrossEntropyLoss(ignore_index=-100)
    best = 0.0
    os.makedirs(cfg["run"]["out"], exist_ok=True)
    for epoch in range(cfg["run"]["epochs"]):
        model.train()
        total = torch.zeros((), device=device)
        for sents, lengths, gold in train_loader:
            logits = model(sents.to(device), lengths)
            loss = criterion(logits.flatten(0, 1), gold.to(device).flatten())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), cfg["optim"]["clip"])
            optimizer.step()
            total += loss.detach()
        acc = token_accuracy(model, dev_loader, device)
        print(f"epoch {epoch} loss {total.item() / len(train_loader):.4f} dev {acc:.4f}")
        if acc > best:
            best = acc
            torch.save(model.state_dict(), os.path.join(cfg["run"]["out"], "best.pt"))


if __name__ == "__main__":
    config = DEFAULTS
    if len(sys.argv) > 1:
        with open(sys.argv[1], encoding="utf-8") as handle:
            config = json.load(handle)
    experiment(config)
