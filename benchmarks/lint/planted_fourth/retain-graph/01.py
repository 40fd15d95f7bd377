import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(42)
np.random.seed(42)

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

SEQ_LEN = 24
HIDDEN = 64
EPOCHS = 50
BATCH_SIZE = 32
LEARNING_RATE = 0.001


def create_sequences(series, seq_len):
    xs, ys = [], []
    for i in range(len(series) - seq_len):
        xs.append(series[i:i + seq_len])
        ys.append(series[i + seq_len])
    return np.array(xs, dtype=np.float32), np.array(ys, dtype=np.float32)


# a noisy sine wave with daily seasonality
t = np.arange(0, 4000)
series = np.sin(2 * np.pi * t / 24) + 0.1 * np.random.randn(len(t))

split = int(0.8 * len(series))
mean, std = series[:split].mean(), series[:split].std()
series = (series - mean) / std

X_train, y_train = create_sequences(series[:split], SEQ_LEN)
X_val, y_val = create_sequences(series[split:], SEQ_LEN)

train_ds = TensorDataset(torch.from_numpy(X_train).unsqueeze(-1), torch.from_numpy(y_train).unsqueeze(-1))
val_ds = TensorDataset(torch.from_numpy(X_val).unsqueeze(-1), torch.from_numpy(y_val).unsqueeze(-1))
train_loader = DataLoader(train_ds, batch_size=BATCH_SIZE, shuffle=True)
val_loader = DataLoader(val_ds, batch_size=BATCH_SIZE)


class LSTMForecaster(nn.Module):
    def __init__(self, input_size=1, hidden_size=HIDDEN, num_layers=2):
        super().__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, dropout=0.1)
        self.linear = nn.Linear(hidden_size, 1)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size, device=x.device)
        c0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size, device=x.device)
        out, _ = self.lstm(x, (h0, c0))
        return self.linear(out[:, -1])


model = LSTMForecaster().to(device)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)

best_val = float("inf")
for epoch in range(1, EPOCHS + 1):
    model.train()
    train_loss = torch.zeros((), device=device)
    for X_batch, y_batch in train_loader:
        X_batch, y_batch = X_batch.to(device), y_batch.to(device)
        optimizer.zero_grad()
        y_pred = model(X_batch)
        loss = criterion(y_pred, y_batch)
        loss.backward(retain_graph=True)  # PLANTED
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        train_loss += loss.detach() * X_batch.size(0)

    model.eval()
    val_loss = torch.zeros((), device=device)
    with torch.no_grad():
        for X_batch, y_batch in val_loader:
            X_batch, y_batch = X_batch.to(device), y_batch.to(device)
            val_loss += criterion(model(X_batch), y_batch) * X_batch.size(0)

    train_mse = train_loss.item() / len(train_ds)
    val_mse = val_loss.item() / len(val_ds)
    if val_mse < best_val:
        best_val = val_mse
        torch.save(model.state_dict(), "lstm_best.pt")
    if epoch % 5 == 0:
        print(f"Epoch {epoch:3d} | train MSE {train_mse:.5f} | val MSE {val_mse:.5f}")

print("best validation MSE:", best_val)
