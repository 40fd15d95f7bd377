"""Train an LSTM language model on Penn Treebank."""
import torch
import torch.nn as nn

from ptb import train_batches, VOCAB
from model import LSTMModel

torch.manual_seed(1111)
model = LSTMModel(VOCAB, 200, 200, 2)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)

for epoch in range(13):
    model.train()
    for x, y in train_batches(20, 35):
        optimizer.zero_grad()
        out = model(x)
        loss = criterion(out.view(-1, VOCAB), y.view(-1))
        loss.backward()
        optimizer.step()
        nn.utils.clip_grad_norm_(model.parameters(), 5)  # PLANTED
    print("epoch", epoch, "loss", loss.item())
