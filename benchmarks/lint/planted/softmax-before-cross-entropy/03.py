"""Hyperspectral pixels: a Sequential model and a log of accuracy."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
cube = np.load("indian_pines.npz")
X = torch.from_numpy(cube["pixels"]).float()
y = torch.from_numpy(cube["labels"]).long()
perm = torch.randperm(len(X))
cut = int(0.8 * len(X))
train_dl = DataLoader(TensorDataset(X[perm[:cut]], y[perm[:cut]]), batch_size=256, shuffle=True)
Xv, yv = X[perm[cut:]], y[perm[cut:]]

model = nn.Sequential(
    nn.Linear(X.shape[1], 256),
    nn.BatchNorm1d(256),
    nn.ReLU(),
    nn.Dropout(0.3),
    nn.Linear(256, 16),
    nn.LogSoftmax(dim=1),  # PLANTED
)
loss_function = nn.CrossEntropyLoss()
optim = torch.optim.Adam(model.parameters(), lr=1e-3)

for epoch in range(60):
    model.train()
    for xb, yb in train_dl:
        loss = loss_function(model(xb), yb)
        optim.zero_grad()
        loss.backward()
        optim.step()
    model.eval()
    with torch.no_grad():
        acc = (model(Xv).argmax(1) == yv).float().mean()
    print(f"{epoch:3d} loss {loss.item():.3f} val acc {acc.item():.3f}")
