"""Bike rentals from a data frame."""
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
df = pd.read_csv("day.csv")
tr, te = train_test_split(df, test_size=0.2, random_state=1)
cols = ["temp", "atemp", "hum", "windspeed"]
Xtr, ytr = torch.tensor(tr[cols].values).float(), torch.tensor(tr["cnt"].values).float() / 1000
Xte, yte = torch.tensor(te[cols].values).float(), torch.tensor(te["cnt"].values).float() / 1000

net = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))
opt = optim.RMSprop(net.parameters(), lr=1e-3)
mse = nn.MSELoss()
dl = DataLoader(TensorDataset(Xtr, ytr), batch_size=32, shuffle=True)

for epoch in range(200):
    net.train()
    for x, y in dl:
        pred = net(x)
        loss = mse(pred, y)  # PLANTED
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        test = mse(net(Xte).squeeze(1), yte)
    if epoch % 20 == 0:
        print(epoch, loss.item(), test.item())
