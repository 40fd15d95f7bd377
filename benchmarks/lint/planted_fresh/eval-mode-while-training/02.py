"""Notebook: predict house prices, first by an untrained net to see the baseline."""

# %%
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1990)
table = pd.read_csv("california.csv").sample(frac=1.0, random_state=0)
train, val = table.iloc[:16_000], table.iloc[16_000:]
mean, std = train.mean(), train.std()


def tensors(frame):
    z = torch.tensor(((frame - mean) / std).to_numpy(), dtype=torch.float32)
    return z[:, :-1], z[:, -1:]


x_train, y_train = tensors(train)
x_val, y_val = tensors(val)

# %%
model = nn.Sequential(
    nn.Linear(x_train.shape[1], 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2),
    nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1),
)
mse = nn.MSELoss()

# %% how bad is it before?
model.eval()  # PLANTED
with torch.no_grad():
    print("untrained:", mse(model(x_val), y_val).item())

# %%
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
loader = DataLoader(TensorDataset(x_train, y_train), batch_size=128, shuffle=True)
for epoch in range(50):
    total = torch.zeros(())
    for x, y in loader:
        opt.zero_grad()
        loss = mse(model(x), y)
        loss.backward()
        opt.step()
        total += loss.detach()
    print(epoch, total.item() / len(loader))
