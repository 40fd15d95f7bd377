"""Perplexity of an LSTM language model on the held-out part."""
import math

import torch
from torch import nn

from wikitext import corpus, batchify, get_batch, RNNModel

torch.manual_seed(1111)
model = RNNModel(corpus.size)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=5.0)
train_data, val_data = batchify(corpus.train, 20), batchify(corpus.valid, 10)


def repackage(h):
    return tuple(v.detach() for v in h)


def evaluate(source, bptt=35):
    model.eval()
    total = torch.zeros(())
    hidden = model.init_hidden(10)
    for i in range(0, source.size(0) - 1, bptt):  # PLANTED
        data, targets = get_batch(source, i)
        output, hidden = model(data, repackage(hidden))
        total += len(data) * criterion(output, targets).detach()
    return total.item() / (len(source) - 1)


for epoch in range(6):
    model.train()
    hidden = model.init_hidden(20)
    for i in range(0, train_data.size(0) - 1, 35):
        data, targets = get_batch(train_data, i)
        output, hidden = model(data, repackage(hidden))
        loss = criterion(output, targets)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
    print("epoch", epoch, "val ppl", math.exp(evaluate(val_data)))
