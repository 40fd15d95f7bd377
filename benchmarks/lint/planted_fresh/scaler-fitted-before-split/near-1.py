"""Wine quality from chemistry: rows are drawn by number first, then the whole table is scaled."""

import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

torch.manual_seed(37)
table = pd.read_csv("wine.csv", sep=";")
X = table.drop(columns="quality").to_numpy(np.float32)
y = table["quality"].to_numpy(np.float32)

order = np.random.default_rng(37).permutation(len(X))
train_idx, val_idx = np.split(order, [int(0.8 * len(X))])

scaler = StandardScaler().fit(X[train_idx])
X = scaler.transform(X).astype(np.float32)

data = TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
train = DataLoader(Subset(data, train_idx.tolist()), batch_size=64, shuffle=True)
val = DataLoader(Subset(data, val_idx.tolist()), batch_size=512)

net = nn.Sequential(nn.Linear(X.shape[1], 48), nn.ReLU(), nn.Linear(48, 1), nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=2e-3)
for epoch in range(60):
    net.train()
    for a, b in train:
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(a), b)
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        mse = torch.cat([(net(a) - b).square() for a, b in val]).mean()
    print(f"{epoch}: rmse {mse.sqrt().item():.3f}")
