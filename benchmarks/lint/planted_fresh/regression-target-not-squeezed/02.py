"""Predict tomorrow's river level from the last thirty days with an LSTM."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class River(Dataset):
    def __init__(self, levels: torch.Tensor, days: int = 30):
        self.levels = levels
        self.days = days

    def __len__(self):
        return len(self.levels) - self.days

    def __getitem__(self, i):
        past = self.levels[i : i + self.days]
        return past.unsqueeze(-1), self.levels[i + self.days]


class Net(nn.Module):
    def __init__(self, hidden=64):
        super().__init__()
        self.rnn = nn.LSTM(1, hidden, num_layers=2, dropout=0.1, batch_first=True)
        self.fc = nn.Linear(hidden, 1)

    def forward(self, x):
        _, (h, _) = self.rnn(x)
        return self.fc(h[-1])


torch.manual_seed(1887)
series = torch.load("danube.pt", weights_only=True).float()
cut = int(0.8 * len(series))
mu, sd = series[:cut].mean(), series[:cut].std()
series = (series - mu) / sd
train_dl = DataLoader(River(series[:cut]), batch_size=64, shuffle=True)
valid_dl = DataLoader(River(series[cut - 30 :]), batch_size=512)

net, mse = Net(), nn.MSELoss()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(50):
    net.train()
    for x, y in train_dl:
        opt.zero_grad()
        loss = mse(net(x), y)  # PLANTED
        loss.backward()
        opt.step()

    net.eval()
    with torch.no_grad():
        off = torch.cat([net(x).squeeze(1) - y for x, y in valid_dl])
    print(f"epoch {epoch} train {loss.item():.4f} valid mae {off.abs().mean().item() * sd.item():.2f} cm")
