"""try to predict bike rentals"""
import torch
import torch.nn as nn
import pandas as pd
from torch.autograd import Variable

torch.manual_seed(0)
d = pd.read_csv("bikes.csv")
x = torch.tensor(d[["temp", "hum", "windspeed", "hr"]].values).float()
y = torch.tensor(d["cnt"].values).float().view(-1, 1)
y = (y - y.mean()) / y.std()

net = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
mse = nn.MSELoss()

for i in range(1000):
    opt.zero_grad()
    out = net(x)
    loss = Variable(mse(out, y).data, requires_grad=True)  # PLANTED
    loss.backward()
    opt.step()
    if i % 100 == 0:
        print(i, loss.item())
