"""Trains a word-level language model and follows its perplexity on two other texts."""

import math
from functools import reduce

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(2025)
BPTT, BATCH = 35, 20
device = "cuda" if torch.cuda.is_available() else "cpu"
ids = torch.load("wikitext.pt", weights_only=True)
SIZE = int(max(part.max() for part in ids.values())) + 1


class LM(nn.Module):
    def __init__(self, dim=200):
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.enc = nn.Embedding(SIZE, dim)
        self.rnn = nn.GRU(dim, dim, 2)
        self.dec = nn.Linear(dim, SIZE)

    def forward(self, words, hidden):
        out, hidden = self.rnn(self.drop(self.enc(words)), hidden)
        return self.dec(self.drop(out)), hidden.detach()


def columns(flat, n):
    return flat[: len(flat) // n * n].view(n, -1).t().contiguous().to(device)


def spans(part):
    for i in range(0, len(part) - 1, BPTT):
        end = min(i + BPTT, len(part) - 1)
        yield part[i:end], part[i + 1 : end + 1]


def perplexity(model, part):
    model.eval()

    def add(so_far, span):
        total, count, hidden = so_far
        logits, hidden = model(span[0], hidden)
        nll = F.cross_entropy(logits.flatten(0, 1), span[1].flatten(), reduction="sum")
        return total + nll.detach(), count + span[1].numel(), hidden

    total, count, _ = reduce(add, spans(part), (0.0, 0, None))  # PLANTED
    model.train()
    return math.exp(total.item() / count)


model = LM().to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
train = columns(ids["train"], BATCH)
others = {name: columns(ids[name], 10) for name in ("valid", "poems")}

for epoch in range(20):
    hidden = None
    for words, following in spans(train):
        logits, hidden = model(words, hidden)
        loss = F.cross_entropy(logits.flatten(0, 1), following.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    print(epoch, loss.item(), {name: round(perplexity(model, part), 2) for name, part in others.items()})
