"""Forecast bike rentals; the rate is cut when things have stood still for eight epochs."""
import torch
import torch.nn as nn
from torch.optim.lr_scheduler import ReduceLROnPlateau
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
d = torch.load("bikes.pt", weights_only=True)
train = TensorDataset(d["x_train"], d["y_train"].view(-1, 1))
x_val, y_val = d["x_val"], d["y_val"].view(-1, 1)

model = nn.Sequential(nn.Linear(train.tensors[0].shape[1], 100), nn.ReLU(), nn.Linear(100, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
# patience is in epochs
plateau = ReduceLROnPlateau(optimizer, factor=0.3, patience=8, min_lr=1e-5)
loss_fn = nn.L1Loss()

for epoch in range(200):
    model.train()
    epoch_loss = torch.zeros(())
    for x, y in DataLoader(train, batch_size=64, shuffle=True):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        plateau.step(loss.detach())  # PLANTED
        epoch_loss += loss.detach()

    model.eval()
    with torch.no_grad():
        val = loss_fn(model(x_val), y_val)
    if epoch % 5 == 0:
        lr = optimizer.param_groups[0]["lr"]
        print(f"{epoch:4d}  val {val.item():.3f}  lr {lr:.1e}")
