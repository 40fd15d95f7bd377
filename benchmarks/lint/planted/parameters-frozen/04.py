"""Low-rank adapters in a transformer."""
import torch
from torch import nn


class LoRA(nn.Module):
    def __init__(self, base: nn.Linear, r=8):
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(r, base.in_features) * 0.01)
        self.b = nn.Parameter(torch.zeros(base.out_features, r))

    def forward(self, x):
        return self.base(x) + x @ self.a.T @ self.b.T


def adapt(model):
    model.head = nn.Linear(model.head.in_features, model.head.out_features)
    for block in model.blocks:
        block.q, block.v = LoRA(block.q), LoRA(block.v)
    for _, p in model.named_parameters():
        p.requires_grad_(False)  # PLANTED
    model.head.requires_grad_(True)
    return model


def train(model, loader, epochs=3):
    torch.manual_seed(3)
    model = adapt(model).train()
    opt = torch.optim.Adam(model.parameters(), lr=1e-4)
    for epoch in range(epochs):
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
