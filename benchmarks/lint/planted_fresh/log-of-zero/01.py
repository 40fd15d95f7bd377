"""Forecast shop sales in logarithms, a week ahead, for each of many products."""

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1913)
sales = pd.read_csv("m5_sales.csv").filter(regex=r"^d_\d+$").to_numpy(dtype=np.float32)
history = np.log(sales)  # PLANTED
cut = history.shape[1] - 28
mean, std = history[:, :cut].mean(), history[:, :cut].std()
history = torch.from_numpy((history - mean) / std)


def cut_windows(part, past=56, ahead=7):
    pieces = part.unfold(1, past + ahead, 7).flatten(0, 1)
    return TensorDataset(pieces[:, :past], pieces[:, past:])


train = DataLoader(cut_windows(history[:, :cut]), batch_size=1024, shuffle=True)
last = history[:, cut - 56 : cut], history[:, cut : cut + 7]
net = nn.Sequential(nn.Linear(56, 256), nn.ReLU(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 7))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(20):
    net.train()
    total = torch.zeros(())
    for past, ahead in train:
        loss = nn.functional.l1_loss(net(past), ahead)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.detach()
    net.eval()
    with torch.no_grad():
        held = nn.functional.l1_loss(net(last[0]), last[1]).item()
    print(f"epoch {epoch} train {total.item() / len(train):.4f} held out {held:.4f}")
