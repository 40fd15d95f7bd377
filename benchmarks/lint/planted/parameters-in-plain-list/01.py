"""Deep MLP with a variable number of layers."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from data import loader

torch.manual_seed(0)


class DeepMLP(nn.Module):
    def __init__(self, depth, width):
        super().__init__()
        self.inp = nn.Linear(784, width)
        self.layers = [nn.Linear(width, width) for _ in range(depth)]  # PLANTED
        self.out = nn.Linear(width, 10)

    def forward(self, x):
        x = F.relu(self.inp(x))
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.out(x)


model = DeepMLP(6, 256)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(10):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x.flatten(1)), y)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
