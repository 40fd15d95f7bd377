"""Two losses of one graph go back one after the other: the first must keep it."""
import torch
from torch import nn


def train(body, cls, rec, loader, epochs=10):
    torch.manual_seed(0)
    opt = torch.optim.Adam([*body.parameters(), *cls.parameters(), *rec.parameters()], lr=1e-3)
    for epoch in range(epochs):
        body.train()
        for x, y in loader:
            z = body(x)
            l_cls = nn.functional.cross_entropy(cls(z), y)
            l_rec = nn.functional.mse_loss(rec(z), x)
            opt.zero_grad()
            l_cls.backward(retain_graph=True)
            nn.utils.clip_grad_norm_(body.parameters(), 1.0)
            l_rec.backward()
            opt.step()
        print(epoch, l_cls.item(), l_rec.item())
