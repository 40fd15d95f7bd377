"""Initialise a wide network without memory first, then put it where it trains."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from spectra import SpectraDataset  # yields (4096,) float32 and a class index


class Wide(nn.Module):
    def __init__(self, width: int, depth: int, classes: int):
        super().__init__()
        dims = [4096] + [width] * depth
        self.stack = nn.ModuleList(nn.Linear(a, b) for a, b in zip(dims, dims[1:]))
        self.out = nn.Linear(width, classes)

    def reset(self):
        for layer in (*self.stack, self.out):
            layer.reset_parameters()

    def forward(self, x):
        for layer in self.stack:
            x = torch.relu(layer(x))
        return self.out(x)


torch.manual_seed(7)
with torch.device("meta"):
    model = Wide(width=16384, depth=4, classes=300)
print(f"{sum(p.numel() for p in model.parameters()) / 1e9:.2f} B parameters")

optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)  # PLANTED

model = model.to_empty(device="cuda")
model.reset()

loader = DataLoader(SpectraDataset("train"), batch_size=512, shuffle=True, num_workers=6)
for epoch in range(8):
    for step, (x, y) in enumerate(loader):
        loss = nn.functional.cross_entropy(model(x.cuda()), y.cuda())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(epoch, step, round(loss.item(), 4))
