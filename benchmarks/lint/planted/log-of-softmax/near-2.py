"""Regress counts on a log scale; a softmax weighs neighbours, the log is of targets."""
import torch
from torch import nn

torch.manual_seed(2)


class Neighbour(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.q = nn.Linear(d, 32)
        self.out = nn.Linear(d, 1)

    def forward(self, x):
        q = self.q(x)
        w = torch.softmax(q @ q.T / 32**0.5, dim=-1)
        return self.out(w @ x).squeeze(-1)


def fit(loader, d, epochs=10):
    model = Neighbour(d)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for x, count in loader:
            goal = torch.log(count + 1.0)
            loss = nn.functional.mse_loss(model(x), goal)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
