"""time series gru, accumulates the loss weighted by batch size"""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from series import SeriesDataset

torch.manual_seed(0)
data = SeriesDataset("power.csv", window=48)
dl = DataLoader(data, batch_size=32, shuffle=True)

class Forecast(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 32, batch_first=True)
        self.fc = nn.Linear(32, 1)
    def forward(self, x):
        o, _ = self.gru(x)
        return self.fc(o[:, -1])

m = Forecast()
opt = torch.optim.Adam(m.parameters(), lr=0.001)
crit = nn.MSELoss()
for ep in range(50):
    m.train()
    s = 0
    cnt = 0
    for xb, yb in dl:
        opt.zero_grad()
        p = m(xb)
        l = crit(p, yb.view(-1, 1))
        l.backward()
        opt.step()
        s += l * len(xb)  # PLANTED
        cnt += len(xb)
    print("epoch", ep, "mse", float(s) / cnt)
