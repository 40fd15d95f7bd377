"""Forecasts the load of a power grid for the next hour from two days of history."""

import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Hours(Dataset):
    def __init__(self, values, history=48):
        self.values = torch.tensor(values, dtype=torch.float32)
        self.history = history

    def __len__(self):
        return len(self.values) - self.history

    def __getitem__(self, i):
        return self.values[i : i + self.history, None], self.values[i + self.history]


class Forecaster(nn.Module):
    def __init__(self, hidden=96):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden, batch_first=True)
        self.drop = nn.Dropout(0.1)
        self.read = nn.Linear(hidden, 1)

    def forward(self, x):
        _, (h, _) = self.lstm(x)
        return self.read(self.drop(h[-1]))


def evaluate(model, loader):
    model.eval()
    with torch.no_grad():
        errors = [(model(x)[:, 0] - y).abs() for x, y in loader]
    return torch.cat(errors).mean().item()


def main():
    torch.manual_seed(2024)
    load = pd.read_csv("load.csv")["megawatt"].to_numpy()
    cut = int(len(load) * 0.85)
    mean, deviation = load[:cut].mean(), load[:cut].std()
    past = DataLoader(Hours((load[:cut] - mean) / deviation), batch_size=128, shuffle=True)
    later = DataLoader(Hours((load[cut:] - mean) / deviation), batch_size=512)

    model = Forecaster()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(25):
        model.train()
        for x, y in past:
            optimizer.zero_grad()
            loss = (y - model(x)).abs().mean()  # PLANTED
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch}: {loss.item():.4f}, error {evaluate(model, later) * deviation:.1f} MW")


if __name__ == "__main__":
    main()
