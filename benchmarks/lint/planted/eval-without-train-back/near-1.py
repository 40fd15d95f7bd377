"""Evaluate in a helper that puts the model back as it was."""
import torch
from torch import nn


def evaluate(model, loader):
    was_training = model.training
    model.eval()
    hits, n = torch.zeros(()), 0
    with torch.no_grad():
        for x, y in loader:
            hits += (model(x).argmax(1) == y).sum()
            n += len(y)
    model.train(was_training)
    return hits.item() / n


def fit(model, train_dl, val_dl, epochs=10):
    torch.manual_seed(0)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for epoch in range(epochs):
        for x, y in train_dl:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
        print(epoch, loss.item(), evaluate(model, val_dl))
