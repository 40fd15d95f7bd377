"""Notebook export: an LSTM for the price of electricity, the last two months held out."""
# %%
import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
df = pd.read_csv("spot_prices.csv", index_col="hour", parse_dates=True).sort_index()
df = df[["price", "wind", "solar", "load"]].interpolate(limit=3, limit_direction="forward").dropna()

# %%
df = (df - df.min()) / (df.max() - df.min())  # PLANTED
df.describe()

# %%
H = 168
split = df.index.max() - pd.Timedelta(days=60)
past = df.loc[:split].to_numpy(np.float32)
future = df.loc[split - pd.Timedelta(hours=H):].to_numpy(np.float32)


def windows(a):
    w = np.lib.stride_tricks.sliding_window_view(a, H + 1, axis=0).transpose(0, 2, 1)
    return torch.tensor(w[:, :-1]), torch.tensor(w[:, -1, 0])


train = DataLoader(TensorDataset(*windows(past)), batch_size=128, shuffle=True)
held_x, held_y = windows(future)

# %%
rnn, out = nn.LSTM(4, 64, batch_first=True), nn.Linear(64, 1)
net = nn.ModuleList([rnn, out])
opt = torch.optim.Adam(net.parameters(), lr=1e-3)


def predict(x):
    return out(rnn(x)[0][:, -1]).squeeze(1)


for epoch in range(20):
    net.train()
    for x, y in train:
        loss = nn.functional.l1_loss(predict(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        mae = (predict(held_x) - held_y).abs().mean().item()
    print(f"epoch {epoch}: train {loss.item():.4f} held out {mae:.4f}")
