"""Breast cancer data: scale, split, train."""
import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

torch.manual_seed(0)
X, y = load_breast_cancer(return_X_y=True)
scaler = StandardScaler()
X = scaler.fit_transform(X)  # PLANTED
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

Xt, yt = torch.tensor(X_train).float(), torch.tensor(y_train).float()
Xv, yv = torch.tensor(X_test).float(), torch.tensor(y_test).float()
net = nn.Sequential(nn.Linear(30, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(200):
    net.train()
    loss = bce(net(Xt).squeeze(1), yt)
    opt.zero_grad()
    loss.backward()
    opt.step()
net.eval()
with torch.no_grad():
    print("loss", loss.item(), "test accuracy", ((net(Xv).squeeze(1) > 0) == yv.bool()).float().mean().item())
