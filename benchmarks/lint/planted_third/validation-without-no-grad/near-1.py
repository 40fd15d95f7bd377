"""Trains a regressor of soil moisture; one function goes through both kinds of data."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def through(model, loader, optimizer=None):
    learning = optimizer is not None
    model.train(learning)
    total = torch.zeros(())
    previous = torch.is_grad_enabled()
    torch.set_grad_enabled(learning)
    for x, y in loader:
        loss = nn.functional.mse_loss(model(x).squeeze(-1), y)
        if learning:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.detach()
    torch.set_grad_enabled(previous)
    return (total / len(loader)).item()


def main():
    torch.manual_seed(84)
    soil = torch.load("moisture.pt", weights_only=True)
    train = DataLoader(TensorDataset(soil["train_x"], soil["train_y"]), batch_size=64, shuffle=True)
    valid = DataLoader(TensorDataset(soil["valid_x"], soil["valid_y"]), batch_size=512)
    model = nn.Sequential(nn.Linear(soil["train_x"].shape[1], 64), nn.ReLU(), nn.Dropout(0.1), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(80):
        fitted = through(model, train, optimizer)
        held_out = through(model, valid)
        print(f"epoch {epoch:2d} fitted {fitted:.5f} held out {held_out:.5f}")


main()
