"""L2 penalty added to the loss by hand."""
import torch
from torch import nn


def l2(model):
    return sum(p.pow(2).sum() for n, p in model.named_parameters() if n.endswith("weight"))


def train(model, loader, lam=100.0, epochs=40):
    torch.manual_seed(3)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x).squeeze(-1), y) + lam * l2(model)  # PLANTED
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
