"""Listing prices on a log scale."""
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(8)
df = pd.read_csv("listings.csv").fillna({"price": 0.0})
X = torch.tensor(df[["rooms", "beds", "lat", "lon"]].to_numpy()).float()
y = torch.log(torch.tensor(df["price"].to_numpy()).float())  # PLANTED
loader = DataLoader(TensorDataset(X, y), batch_size=128, shuffle=True)
net = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(50):
    net.train()
    for xb, yb in loader:
        loss = nn.functional.huber_loss(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
