"""Continue training from a checkpoint."""
import torch
import torch.nn as nn

from net import Net
from data import train_loader

torch.manual_seed(0)
model = Net()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
checkpoint = torch.load("checkpoint.pth")  # PLANTED
model.load_state_dict(checkpoint["model"])
optimizer.load_state_dict(checkpoint["optimizer"])
torch.set_rng_state(checkpoint["rng"])
criterion = nn.CrossEntropyLoss()

for epoch in range(checkpoint["epoch"] + 1, 50):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
