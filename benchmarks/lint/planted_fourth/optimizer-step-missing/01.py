# House price regression (Kaggle) - simple MLP baseline
import numpy as np
import pandas as pd
import torch
import torch.nn as nn
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

SEED = 42
np.random.seed(SEED)
torch.manual_seed(SEED)

df = pd.read_csv("../input/house-prices/train.csv")
y = np.log1p(df.pop("SalePrice").values).astype(np.float32)
X = df.drop(columns=["Id"]).select_dtypes("number")

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=SEED)
medians = X_train.median()
X_train, X_val = X_train.fillna(medians), X_val.fillna(medians)

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train).astype(np.float32)
X_val = scaler.transform(X_val).astype(np.float32)
y_mean, y_std = y_train.mean(), y_train.std()

train_ds = TensorDataset(torch.from_numpy(X_train),
                         torch.from_numpy((y_train - y_mean) / y_std).unsqueeze(1))
val_ds = TensorDataset(torch.from_numpy(X_val),
                       torch.from_numpy((y_val - y_mean) / y_std).unsqueeze(1))
train_loader = DataLoader(train_ds, batch_size=64, shuffle=True)
val_loader = DataLoader(val_ds, batch_size=256)


class MLP(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_features, 128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, 64),
            nn.ReLU(),
            nn.Linear(64, 1),
        )

    def forward(self, x):
        return self.net(x)


device = "cuda" if torch.cuda.is_available() else "cpu"
model = MLP(X_train.shape[1]).to(device)
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

EPOCHS = 100
best_rmse = float("inf")

for epoch in range(EPOCHS):
    model.train()
    train_loss = 0.0
    for xb, yb in train_loader:
        xb, yb = xb.to(device), yb.to(device)
        optimizer.zero_grad()
        preds = model(xb)
        loss = criterion(preds, yb)
        loss.backward()  # PLANTED
        train_loss += loss.detach() * xb.size(0)
    train_loss = train_loss.item() / len(train_ds)

    model.eval()
    val_loss = 0.0
    with torch.no_grad():
        for xb, yb in val_loader:
            xb, yb = xb.to(device), yb.to(device)
            val_loss += criterion(model(xb), yb).item() * xb.size(0)
    val_rmse = (val_loss / len(val_ds)) ** 0.5 * y_std

    if val_rmse < best_rmse:
        best_rmse = val_rmse
        torch.save(model.state_dict(), "mlp.pt")
    if (epoch + 1) % 10 == 0:
        print(f"Epoch {epoch + 1}: train loss {train_loss:.4f} | val RMSLE {val_rmse:.4f}")

print("Best RMSLE:", best_rmse)
