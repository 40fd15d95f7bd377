"""Entropy-regularised mixture of experts."""
import torch as th
from torch import nn


class MoE(nn.Module):
    def __init__(self, d, experts=4):
        super().__init__()
        self.gate = nn.Linear(d, experts)
        self.experts = nn.ModuleList(nn.Linear(d, 1) for _ in range(experts))

    def forward(self, x):
        w = th.softmax(self.gate(x), dim=-1)
        outs = th.cat([e(x) for e in self.experts], dim=-1)
        entropy = -(w * w.log()).sum(-1).mean()  # PLANTED
        return (w * outs).sum(-1), entropy


def train(loader, d, epochs=20):
    th.manual_seed(9)
    model = MoE(d)
    opt = th.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for x, y in loader:
            pred, ent = model(x)
            loss = nn.functional.mse_loss(pred, y) - 0.01 * ent
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(f"epoch {epoch} loss {loss.item():.4f} entropy {ent.item():.3f}")
