"""The features are frozen on purpose: they run under no_grad, the head is trained."""
import torch
from torch import nn


def probe(backbone, loader, d, classes, epochs=10):
    torch.manual_seed(0)
    backbone.eval()
    for p in backbone.parameters():
        p.requires_grad_(False)
    head = nn.Linear(d, classes)
    opt = torch.optim.SGD(head.parameters(), lr=0.1)
    for epoch in range(epochs):
        for x, y in loader:
            with torch.no_grad():
                z = backbone(x)
            loss = nn.functional.cross_entropy(head(z), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
    return head
