"""House prices from a CSV, one output unit, one number per house."""

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Houses(Dataset):
    def __init__(self, frame: pd.DataFrame):
        self.x = frame.drop(columns="price").to_numpy(np.float32)
        self.y = np.log1p(frame["price"].to_numpy(np.float32))

    def __len__(self):
        return len(self.y)

    def __getitem__(self, i):
        return torch.from_numpy(self.x[i]), torch.tensor([self.y[i]])


torch.manual_seed(19)
houses = Houses(pd.read_csv("houses_train.csv"))
model = nn.Sequential(nn.Linear(houses.x.shape[1], 64), nn.ReLU(), nn.Linear(64, 1))
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
loader = DataLoader(houses, batch_size=32, shuffle=True)
for epoch in range(100):
    total = torch.zeros(())
    for x, y in loader:
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        opt.step()
        total += loss.detach()
    if epoch % 10 == 0:
        print(f"{epoch}: {total.item() / len(loader):.4f}")
