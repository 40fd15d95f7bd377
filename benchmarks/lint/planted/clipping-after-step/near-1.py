"""Two optimizers in turn: the clip after the first step belongs to the second."""
import torch
from torch import nn


def train(body, head, loader, epochs=10):
    torch.manual_seed(0)
    fast = torch.optim.SGD(head.parameters(), lr=0.1)
    slow = torch.optim.Adam(body.parameters(), lr=1e-4)
    for epoch in range(epochs):
        body.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(head(body(x)), y)
            fast.zero_grad()
            slow.zero_grad()
            loss.backward()
            fast.step()
            nn.utils.clip_grad_norm_(body.parameters(), 1.0)
            slow.step()
        print(epoch, loss.item())
