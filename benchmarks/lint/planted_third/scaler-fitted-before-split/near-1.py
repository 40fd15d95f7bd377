"""Detects fraud in card payments; rows are chosen before anything is learnt of them."""

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(100)

payments = pd.read_parquet("payments.parquet")
X = payments.drop(columns="fraud").to_numpy(np.float32)
y = payments["fraud"].to_numpy(np.float32)

rows = np.arange(len(X))
fit_rows, rest = train_test_split(rows, test_size=0.2, stratify=y, random_state=100)

scaler = StandardScaler()
scaler.fit(X[fit_rows])
X = torch.from_numpy(scaler.transform(X).astype(np.float32))
y = torch.from_numpy(y)

loader = DataLoader(TensorDataset(X[fit_rows], y[fit_rows]), batch_size=512, shuffle=True)
net = nn.Sequential(nn.Linear(X.shape[1], 64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(0))
rare = (1 - y[fit_rows]).sum() / y[fit_rows].sum()
criterion = nn.BCEWithLogitsLoss(pos_weight=rare)
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

for epoch in range(15):
    for features, fraud in loader:
        optimizer.zero_grad()
        loss = criterion(net(features), fraud)
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}, loss {loss.item():.4f}")

net.eval()
with torch.no_grad():
    flagged = net(X[rest]) > 0
caught = (flagged & (y[rest] > 0)).sum() / (y[rest] > 0).sum()
print(f"caught {caught.item():.1%} of frauds held out")
