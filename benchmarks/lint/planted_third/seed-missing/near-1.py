"""Trains a small ensemble, each member under a generator state of its own."""

from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@contextmanager
def repeatable(number):
    with torch.random.fork_rng():
        torch.manual_seed(number)
        yield


def member(x, y, epochs=50):
    net = nn.Sequential(nn.Linear(x.shape[1], 50), nn.Tanh(), nn.Linear(50, 1), nn.Flatten(0))
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True)
    for epoch in range(epochs):
        for part, target in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(part), target)
            loss.backward()
            optimizer.step()
    print(f"last loss {loss.item():.5f} after {epochs} epochs")
    return net.eval()


def main():
    stored = torch.load("concrete.pt", weights_only=True)
    nets = []
    for number in range(5):
        with repeatable(number):
            nets.append(member(stored["fit_x"], stored["fit_y"]))
    with torch.no_grad():
        answers = torch.stack([net(stored["test_x"]) for net in nets])
    print("spread", answers.std(0).mean().item())


main()
