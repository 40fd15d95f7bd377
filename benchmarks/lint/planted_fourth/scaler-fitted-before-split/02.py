import argparse

import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import MinMaxScaler
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset


class StockWindows(Dataset):
    """Sliding windows over OHLCV bars; the target is the next (scaled) close."""

    columns = ["Open", "High", "Low", "Close", "Volume"]

    def __init__(self, csvPath, lookback=60):
        frame = pd.read_csv(csvPath, parse_dates=["Date"]).sort_values("Date")
        self.lookback = lookback
        self.scaler = MinMaxScaler()
        self.values = self.scaler.fit_transform(frame[self.columns].values).astype(np.float32)  # PLANTED
        self.closeIdx = self.columns.index("Close")

    def __len__(self):
        return len(self.values) - self.lookback

    def __getitem__(self, i):
        window = self.values[i:i + self.lookback]
        target = self.values[i + self.lookback, self.closeIdx]
        return torch.from_numpy(window), torch.tensor(target)

    def toPrice(self, scaled):
        lo = self.scaler.data_min_[self.closeIdx]
        hi = self.scaler.data_max_[self.closeIdx]
        return scaled * (hi - lo) + lo


class GRURegressor(nn.Module):
    def __init__(self, nFeatures, hidden=64):
        super().__init__()
        self.rnn = nn.GRU(nFeatures, hidden, num_layers=2, batch_first=True, dropout=0.2)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        h, _ = self.rnn(x)
        return self.out(h[:, -1]).squeeze(-1)


def chronological(dataset, valShare, gap):
    n = len(dataset)
    cut = int(n * (1 - valShare))
    return Subset(dataset, range(0, cut - gap)), Subset(dataset, range(cut, n))


def rmse(model, loader, dataset, device):
    model.eval()
    preds, golds = [], []
    with torch.no_grad():
        for x, y in loader:
            preds.append(model(x.to(device)).cpu())
            golds.append(y)
    p = dataset.toPrice(torch.cat(preds).numpy())
    g = dataset.toPrice(torch.cat(golds).numpy())
    return float(np.sqrt(np.mean((p - g) ** 2)))


def run(opts):
    torch.manual_seed(opts.seed)
    np.random.seed(opts.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    dataset = StockWindows(opts.csv, opts.lookback)
    trainSet, valSet = chronological(dataset, opts.val, gap=opts.lookback)
    trainLoader = DataLoader(trainSet, batch_size=opts.batch, shuffle=True)
    valLoader = DataLoader(valSet, batch_size=256)

    model = GRURegressor(len(dataset.columns)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=opts.lr)
    lossFn = nn.HuberLoss()
    step = 0
    for epoch in range(opts.epochs):
        model.train()
        for x, y in trainLoader:
            x, y = x.to(device), y.to(device)
            loss = lossFn(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if step % 100 == 0:
                print(f"step {step} loss {loss.item():.6f}")
            step += 1
        print(f"epoch {epoch} val RMSE ${rmse(model, valLoader, dataset, device):.2f}")
    torch.save(model.state_dict(), opts.out)


if __name__ == "__main__":
    p = argparse.ArgumentParser()
    p.add_argument("--csv", default="data/AAPL.csv")
    p.add_argument("--lookback", type=int, default=60)
    p.add_argument("--val", type=float, default=0.2)
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--lr", type=float, default=1e-3)
    p.add_argument("--epochs", type=int, default=50)
    p.add_argument("--seed", type=int, default=17)
    p.add_argument("--out", default="gru.pt")
    run(p.parse_args())
