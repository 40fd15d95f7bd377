"""Decay by hand after each step, as in the paper's pseudo-code."""
import torch
import torch.nn.functional as F


@torch.no_grad()
def decay(model, lr, wd):
    for p in model.parameters():
        if p.ndim > 1:
            p.mul_(1 - lr * wd)


def train(model, loader, epochs=10, lr=0.1):
    torch.manual_seed(7)
    opt = torch.optim.SGD(model.parameters(), lr=lr)
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            decay(model, lr, wd=5.0)  # PLANTED
        print(epoch, loss.item())
