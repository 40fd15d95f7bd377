"""Forecast hourly power demand with a GRU, judged on the last weeks after every epoch."""

import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(7)
load = torch.tensor(pd.read_csv("demand.csv")["mw"].to_numpy(), dtype=torch.float32)
cut = int(0.85 * len(load))
mean, std = load[:cut].mean(), load[:cut].std()
load = (load - mean) / std


def windows(series, past=168):
    pieces = series.unfold(0, past + 1, 1)
    return TensorDataset(pieces[:, :-1].unsqueeze(-1), pieces[:, -1])


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 64, num_layers=2, dropout=0.1, batch_first=True)
        self.out = nn.Linear(64, 1)

    def forward(self, x):
        return self.out(self.gru(x)[0][:, -1]).squeeze(-1)


def validate(model, loader):
    model.eval()
    torch.set_grad_enabled(False)
    total = sum((model(x) - y).abs().sum() for x, y in loader)
    model.train()
    return total.item() / len(loader.dataset) * std.item()


train = DataLoader(windows(load[:cut]), batch_size=128, shuffle=True)
val = DataLoader(windows(load[cut:]), batch_size=512)
model = Forecaster()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(30):
    total = torch.zeros(())
    for x, y in train:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()  # PLANTED
        optimizer.step()
        total += loss.detach()
    print(f"epoch {epoch}: mse {total.item() / len(train):.4f}, MAE {validate(model, val):.1f} MW")
