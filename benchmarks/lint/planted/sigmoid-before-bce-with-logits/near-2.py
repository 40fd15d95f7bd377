"""Autoencoder with a sigmoid output and BCELoss, which expects probabilities."""
import torch
import torch.nn as nn

torch.manual_seed(3)


class AE(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Linear(784, 64), nn.ReLU())
        self.dec = nn.Sequential(nn.Linear(64, 784), nn.Sigmoid())

    def forward(self, x):
        return self.dec(self.enc(x))


def fit(loader, epochs=10):
    ae = AE()
    opt = torch.optim.Adam(ae.parameters(), lr=1e-3)
    criterion = nn.BCELoss()
    for epoch in range(epochs):
        for x, _ in loader:
            x = x.flatten(1)
            loss = criterion(ae(x), x)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
    return ae
