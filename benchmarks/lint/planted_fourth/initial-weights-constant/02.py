"""Hourly load forecasting with a stacked LSTM."""
import argparse

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class WindowDataset(Dataset):
    def __init__(self, series: np.ndarray, history: int, horizon: int):
        self.series = torch.from_numpy(series.astype(np.float32))
        self.history, self.horizon = history, horizon

    def __len__(self):
        return len(self.series) - self.history - self.horizon + 1

    def __getitem__(self, i):
        mid = i + self.history
        return self.series[i:mid].unsqueeze(-1), self.series[mid:mid + self.horizon]


class LoadForecaster(nn.Module):
    def __init__(self, hidden_size, num_layers, horizon, dropout):
        super().__init__()
        self.lstm = nn.LSTM(1, hidden_size, num_layers, batch_first=True, dropout=dropout)
        self.head = nn.Sequential(nn.Linear(hidden_size, hidden_size), nn.ReLU(), nn.Linear(hidden_size, horizon))
        self._init_weights()

    def _init_weights(self):
        for name, param in self.named_parameters():
            if "weight" in name:
                param.data.fill_(0.1)  # PLANTED
            elif "bias" in name:
                param.data.zero_()

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.head(out[:, -1])


def get_args():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--csv", default="PJME_hourly.csv")
    p.add_argument("--history", type=int, default=168)
    p.add_argument("--horizon", type=int, default=24)
    p.add_argument("--hidden_size", type=int, default=128)
    p.add_argument("--num_layers", type=int, default=2)
    p.add_argument("--dropout", type=float, default=0.1)
    p.add_argument("--batch_size", type=int, default=256)
    p.add_argument("--epochs", type=int, default=25)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--seed", type=int, default=0)
    return p.parse_args()


def validate(model, loader, device, scale):
    model.eval()
    abs_err = torch.zeros((), device=device)
    n = 0
    with torch.no_grad():
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            abs_err += (model(x) - y).abs().sum()
            n += y.numel()
    return abs_err.item() / n * scale


def main():
    args = get_args()
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    df = pd.read_csv(args.csv, parse_dates=["Datetime"]).sort_values("Datetime")
    load = df["PJME_MW"].to_numpy()
    cut = int(0.8 * len(load))
    mean, std = load[:cut].mean(), load[:cut].std()
    load = (load - mean) / std
    train_ds = WindowDataset(load[:cut], args.history, args.horizon)
    val_ds = WindowDataset(load[cut:], args.history, args.horizon)
    train_loader = DataLoader(train_ds, args.batch_size, shuffle=True)
    val_loader = DataLoader(val_ds, args.batch_size)

    model = LoadForecaster(args.hidden_size, args.num_layers, args.horizon, args.dropout).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=3, factor=0.5)
    criterion = nn.MSELoss()

    best = float("inf")
    for epoch in range(args.epochs):
        model.train()
        running = torch.zeros((), device=device)
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            running += loss.detach()
        mae = validate(model, val_loader, device, std)
        scheduler.step(mae)
        print(f"epoch {epoch + 1} train mse {running.item() / len(train_loader):.4f} val mae {mae:.1f} MW")
        if mae < best:
            best = mae
            torch.save(model.state_dict(), "load_lstm.pt")


if __name__ == "__main__":
    main()
