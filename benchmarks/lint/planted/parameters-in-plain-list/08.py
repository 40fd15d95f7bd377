"""Stacked GRU with a cell a layer; sizes come as a list."""
import torch
from torch import nn

torch.manual_seed(9)


class StackedGRU(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes
        cells = []
        for a, b in zip(sizes, sizes[1:]):
            cells.append(nn.GRUCell(a, b))
        self.cells = cells  # PLANTED
        self.out = nn.Linear(sizes[-1], 1)

    def forward(self, x):
        hs = [x.new_zeros(x.size(0), s) for s in self.sizes[1:]]
        for t in range(x.size(1)):
            inp = x[:, t]
            for i, cell in enumerate(self.cells):
                hs[i] = cell(inp, hs[i])
                inp = hs[i]
        return self.out(inp).squeeze(-1)


def train(loader, epochs=40):
    model = StackedGRU([8, 32, 32, 16])
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    crit = nn.HuberLoss()
    for epoch in range(epochs):
        for x, y in loader:
            loss = crit(model(x), y)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
        print("epoch", epoch, "huber", loss.item())
