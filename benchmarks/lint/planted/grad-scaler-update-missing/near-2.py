"""A StandardScaler and a learning-rate scaler, neither of which has an update."""
import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn

torch.manual_seed(1)
X, y = np.load("X.npy"), np.load("y.npy")
cut = int(0.8 * len(X))
scaler = StandardScaler().fit(X[:cut])
Xt = torch.from_numpy(scaler.transform(X[:cut])).float()
yt = torch.from_numpy(y[:cut]).float()
model = nn.Sequential(nn.Linear(X.shape[1], 32), nn.ReLU(), nn.Linear(32, 1))
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(100):
    for i in torch.randperm(cut).split(64):
        loss = nn.functional.mse_loss(model(Xt[i]).squeeze(1), yt[i])
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
