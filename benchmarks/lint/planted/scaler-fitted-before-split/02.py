"""Stock windows scaled to [0, 1]."""
import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import MinMaxScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def windows(series, n=30):
    X = np.stack([series[i : i + n] for i in range(len(series) - n)])
    return torch.from_numpy(X).float(), torch.from_numpy(series[n:, 0]).float()


class LSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.LSTM(1, 50, batch_first=True), nn.Linear(50, 1)

    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1]).squeeze(-1)


def main():
    torch.manual_seed(30)
    close = pd.read_csv("AAPL.csv")[["Close"]].to_numpy()
    mm = MinMaxScaler(feature_range=(0, 1))
    scaled = mm.fit_transform(close)  # PLANTED
    X, y = windows(scaled)
    cut = int(0.8 * len(X))
    loader = DataLoader(TensorDataset(X[:cut], y[:cut]), batch_size=64, shuffle=True)
    net = LSTM()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(50):
        net.train()
        for xb, yb in loader:
            loss = nn.functional.mse_loss(net(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
    net.eval()
    with torch.no_grad():
        print("test mse", nn.functional.mse_loss(net(X[cut:]), y[cut:]).item())


if __name__ == "__main__":
    main()
