"""Binary cross-entropy by hand."""
import torch
import torch.nn as nn

from spam import loader, DIM

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(DIM, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(20):
    model.train()
    for x, y in loader:
        p = model(x).squeeze(1)
        loss = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()  # PLANTED
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
