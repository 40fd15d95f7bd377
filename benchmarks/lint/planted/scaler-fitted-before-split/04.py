"""Loan default: statistics by hand."""
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(5)
df = pd.read_csv("loans.csv")
X = torch.tensor(df.drop(columns=["default"]).to_numpy()).float()
y = torch.tensor(df["default"].to_numpy()).float()
X = (X - X.mean(dim=0)) / X.std(dim=0)  # PLANTED
data = TensorDataset(X, y)
train, test = random_split(data, [0.8, 0.2], generator=torch.Generator().manual_seed(5))

net = nn.Sequential(nn.Linear(X.size(1), 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()
for epoch in range(30):
    net.train()
    for xb, yb in DataLoader(train, batch_size=128, shuffle=True):
        loss = bce(net(xb).squeeze(1), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
net.eval()
with torch.no_grad():
    hit = sum(((net(xb).squeeze(1) > 0) == yb.bool()).sum() for xb, yb in DataLoader(test, batch_size=512))
print("accuracy", hit.item() / len(test))
