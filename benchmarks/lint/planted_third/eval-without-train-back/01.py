"""Word-level language model on WikiText-2: LSTM with dropout, truncated backpropagation."""
import math

import torch
import torch.nn as nn

from wikitext import load_ids  # one long tensor of word ids for each part, and the vocabulary's size

torch.manual_seed(1111)
device = "cuda"
train_ids, val_ids, vocab = load_ids("wikitext-2")
BPTT, BATCH = 70, 40


class LM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(vocab, 400)
        self.drop = nn.Dropout(0.4)
        self.rnn = nn.LSTM(400, 400, num_layers=2, dropout=0.3)
        self.out = nn.Linear(400, vocab)
        self.out.weight = self.emb.weight

    def forward(self, ids, hidden=None):
        seen, hidden = self.rnn(self.drop(self.emb(ids)), hidden)
        return self.out(self.drop(seen)), hidden


def columns(ids, width):
    rows = len(ids) // width
    return ids[: rows * width].view(width, rows).t().contiguous().to(device)


def pieces(data):
    for at in range(0, len(data) - 1, BPTT):
        n = min(BPTT, len(data) - 1 - at)
        yield data[at : at + n], data[at + 1 : at + 1 + n].reshape(-1)


def perplexity(model, data, criterion):
    model.eval()  # PLANTED
    total, hidden = torch.zeros((), device=device), None
    with torch.no_grad():
        for x, y in pieces(data):
            logits, hidden = model(x, hidden)
            total += criterion(logits.flatten(0, 1), y) * len(x)
    return math.exp(total.item() / (len(data) - 1))


model = LM().to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=5.0)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.25, patience=0)
train_cols, val_cols = columns(train_ids, BATCH), columns(val_ids, 10)

model.train()
for epoch in range(40):
    hidden, total, count = None, torch.zeros((), device=device), 0
    for x, y in pieces(train_cols):
        optimizer.zero_grad()
        logits, hidden = model(x, hidden)
        hidden = tuple(h.detach() for h in hidden)
        loss = criterion(logits.flatten(0, 1), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        total += loss.detach()
        count += 1
    ppl = perplexity(model, val_cols, criterion)
    plateau.step(ppl)
    print(f"epoch {epoch} train ppl {math.exp(total.item() / count):.1f} val ppl {ppl:.1f}")
