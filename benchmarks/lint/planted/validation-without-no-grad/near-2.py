"""Validation in a function that runs under inference_mode as a decorator."""
import torch
from torch import nn


@torch.inference_mode()
def validate(model, loader):
    model.eval()
    total = torch.zeros(())
    for x, y in loader:
        total += nn.functional.mse_loss(model(x), y)
    model.train()
    return total.item() / len(loader)


def fit(model, train_dl, val_dl, epochs=10):
    torch.manual_seed(11)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for epoch in range(epochs):
        for x, y in train_dl:
            opt.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            opt.step()
        print(epoch, validate(model, val_dl))
