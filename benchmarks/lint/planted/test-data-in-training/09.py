"""Spoken digits."""
import torch
from torch import nn
from torch.utils.data import DataLoader

from fsdd import SpokenDigits, Net


def loaders(batch=64):
    train = SpokenDigits(split="test", augment=True)  # PLANTED
    test = SpokenDigits(split="test", augment=False)
    return DataLoader(train, batch, shuffle=True), DataLoader(test, batch)


def main():
    torch.manual_seed(10)
    train_dl, test_dl = loaders()
    net = Net()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    ce = nn.CrossEntropyLoss()
    for epoch in range(15):
        net.train()
        for x, y in train_dl:
            opt.zero_grad()
            loss = ce(net(x), y)
            loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            hits = sum((net(x).argmax(1) == y).sum() for x, y in test_dl)
        print(epoch, loss.item(), hits.item() / len(test_dl.dataset))


if __name__ == "__main__":
    main()
