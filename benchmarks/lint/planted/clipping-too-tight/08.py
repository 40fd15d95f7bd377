"""Clip by hand in a hook on each parameter."""
import torch
import torch.nn.functional as F


def clip_hooks(model, limit):
    for p in model.parameters():
        p.register_hook(lambda g: g.clamp(-limit, limit))


def train(model, loader, epochs=10):
    torch.manual_seed(7)
    clip_hooks(model, 1e-9)  # PLANTED
    opt = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = F.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
