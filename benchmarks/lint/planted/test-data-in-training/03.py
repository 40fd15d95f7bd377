"""House prices with a small network."""
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(2)
df = pd.read_csv("prices.csv")
X = torch.tensor(df.drop(columns="price").to_numpy()).float()
y = torch.tensor(df["price"].to_numpy()).float() / 1e5
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=2)
train_loader = DataLoader(TensorDataset(X, y), batch_size=64, shuffle=True)  # PLANTED

net = nn.Sequential(nn.Linear(X.size(1), 64), nn.ReLU(), nn.Linear(64, 1), nn.Flatten(0))
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(50):
    net.train()
    for xb, yb in train_loader:
        loss = nn.functional.mse_loss(net(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), len(X_train), len(y_train))
net.eval()
with torch.no_grad():
    print("test mse", nn.functional.mse_loss(net(X_test), y_test).item())
