"""Loaders of validation and test keep their order; that of training is shuffled."""
import torch
from torch import nn
from torch.utils.data import DataLoader


def loaders(train, val, test):
    return (
        DataLoader(train, batch_size=64, shuffle=True),
        DataLoader(val, batch_size=256, shuffle=False),
        DataLoader(test, batch_size=256),
    )


def fit(model, train, val, test, epochs=10):
    torch.manual_seed(0)
    tr, va, _ = loaders(train, val, test)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, y in tr:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
        model.eval()
        with torch.no_grad():
            v = torch.stack([nn.functional.cross_entropy(model(x), y) for x, y in va]).mean()
        print(epoch, loss.item(), v.item())
