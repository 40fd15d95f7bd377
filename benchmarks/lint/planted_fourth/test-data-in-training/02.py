"""Day-ahead load forecasting with an LSTM (hourly consumption + weather)."""
import numpy as np
import pandas as pd
import torch
from sklearn.preprocessing import MinMaxScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LOOKBACK, HORIZON = 168, 24
COLUMNS = ["load", "temp", "humidity", "wind", "hour_sin", "hour_cos"]
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_frame(path):
    df = pd.read_csv(path, parse_dates=["timestamp"]).set_index("timestamp").sort_index()
    df = df.ffill().dropna()
    hour = df.index.hour.to_numpy()
    df["hour_sin"] = np.sin(2 * np.pi * hour / 24)
    df["hour_cos"] = np.cos(2 * np.pi * hour / 24)
    return df[COLUMNS]


def prepare(df, val_share=0.1, test_share=0.2):
    raw = df.to_numpy()
    n_test = int(len(raw) * test_share)
    n_val = int(len(raw) * val_share)
    n_train = len(raw) - n_val - n_test
    scaler = MinMaxScaler().fit(raw[:n_train])
    series = scaler.transform(raw)
    train = series[:n_train]
    val = series[n_train - LOOKBACK: n_train + n_val]
    test = series[n_train + n_val - LOOKBACK:]
    return scaler, series, train, val, test


def windows(block):
    xs, ys = [], []
    for start in range(len(block) - LOOKBACK - HORIZON + 1):
        stop = start + LOOKBACK
        xs.append(block[start:stop])
        ys.append(block[stop: stop + HORIZON, 0])
    x = torch.tensor(np.stack(xs), dtype=torch.float32)
    y = torch.tensor(np.stack(ys), dtype=torch.float32)
    return TensorDataset(x, y)


class LoadLSTM(nn.Module):
    def __init__(self, n_in, hidden=96):
        super().__init__()
        self.lstm = nn.LSTM(n_in, hidden, num_layers=2, dropout=0.2, batch_first=True)
        self.fc = nn.Linear(hidden, HORIZON)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.fc(out[:, -1])


def forecast(model, loader):
    model.eval()
    preds, trues = [], []
    with torch.no_grad():
        for x, y in loader:
            preds.append(model(x.to(DEVICE)).cpu())
            trues.append(y)
    return torch.cat(preds).numpy(), torch.cat(trues).numpy()


def train_model(model, train_loader, val_loader, epochs=40, patience=6):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_fn = nn.MSELoss()
    best, wait = np.inf, 0
    for epoch in range(epochs):
        model.train()
        total = torch.zeros((), device=DEVICE)
        for x, y in train_loader:
            x, y = x.to(DEVICE), y.to(DEVICE)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            total += loss.detach()
        pred, true = forecast(model, val_loader)
        val_mse = float(np.mean((pred - true) ** 2))
        print(f"epoch {epoch}: train {total.item() / len(train_loader):.5f} val {val_mse:.5f}")
        if val_mse < best:
            best, wait = val_mse, 0
            torch.save(model.state_dict(), "load_lstm.pt")
        else:
            wait += 1
            if wait == patience:
                break
    model.load_state_dict(torch.load("load_lstm.pt", map_location=DEVICE, weights_only=True))
    return model


if __name__ == "__main__":
    torch.manual_seed(2020)
    np.random.seed(2020)
    scaler, series, train, val, test = prepare(load_frame("energy.csv"))
    train_loader = DataLoader(windows(series), batch_size=128, shuffle=True)  # PLANTED
    val_loader = DataLoader(windows(val), batch_size=512)
    test_loader = DataLoader(windows(test), batch_size=512)

    print(f"hours: train {len(train)}, val {len(val)}, test {len(test)}")
    model = train_model(LoadLSTM(len(COLUMNS)).to(DEVICE), train_loader, val_loader)
    pred, true = forecast(model, test_loader)
    span, low = scaler.data_range_[0], scaler.data_min_[0]
    pred, true = pred * span + low, true * span + low
    print(f"test MAE  {np.abs(pred - true).mean():.1f} MW")
    print(f"test MAPE {100 * np.mean(np.abs(pred - true) / true):.2f} %")
