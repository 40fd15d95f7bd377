"""Dropout MLP on tabular churn data, validation tensor held in memory."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from churn import load_split

torch.manual_seed(7)
(Xt, yt), (Xv, yv) = load_split()
net = nn.Sequential(nn.Linear(Xt.shape[1], 64), nn.ReLU(), nn.Dropout(0.4), nn.Linear(64, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
dl = DataLoader(TensorDataset(Xt, yt), batch_size=128, shuffle=True)

for epoch in range(40):
    net.train()
    for x, y in dl:
        loss = bce(net(x).squeeze(1), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    with torch.no_grad():
        val = bce(net(Xv).squeeze(1), yv)  # PLANTED
    print(epoch, round(loss.item(), 4), round(val.item(), 4))
