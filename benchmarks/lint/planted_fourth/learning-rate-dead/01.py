# House price regression - simple MLP
import numpy as np
import pandas as pd
import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

SEED = 0
np.random.seed(SEED)
torch.manual_seed(SEED)

df = pd.read_csv("input/train.csv")
num_cols = ["LotArea", "OverallQual", "OverallCond", "YearBuilt", "TotalBsmtSF",
            "GrLivArea", "FullBath", "BedroomAbvGr", "GarageCars", "GarageArea"]
X = df[num_cols].fillna(df[num_cols].median()).values.astype(np.float32)
y = np.log1p(df["SalePrice"].values).astype(np.float32).reshape(-1, 1)

X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=SEED)
x_scaler = StandardScaler().fit(X_train)
y_scaler = StandardScaler().fit(y_train)
X_train, X_val = x_scaler.transform(X_train), x_scaler.transform(X_val)
y_train, y_val = y_scaler.transform(y_train), y_scaler.transform(y_val)

train_ds = TensorDataset(torch.tensor(X_train), torch.tensor(y_train))
val_ds = TensorDataset(torch.tensor(X_val), torch.tensor(y_val))
train_loader = DataLoader(train_ds, batch_size=32, shuffle=True)
val_loader = DataLoader(val_ds, batch_size=256)

device = "cuda" if torch.cuda.is_available() else "cpu"

model = nn.Sequential(
    nn.Linear(len(num_cols), 128),
    nn.ReLU(),
    nn.Dropout(0.1),
    nn.Linear(128, 64),
    nn.ReLU(),
    nn.Linear(64, 1),
).to(device)

criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=1e-8, momentum=0.9)  # PLANTED

n_epochs = 100
for epoch in range(n_epochs):
    model.train()
    train_loss = torch.zeros(1, device=device)
    for xb, yb in train_loader:
        xb, yb = xb.to(device), yb.to(device)
        optimizer.zero_grad()
        pred = model(xb)
        loss = criterion(pred, yb)
        loss.backward()
        optimizer.step()
        train_loss += loss.detach() * len(xb)

    model.eval()
    val_loss = torch.zeros(1, device=device)
    with torch.no_grad():
        for xb, yb in val_loader:
            xb, yb = xb.to(device), yb.to(device)
            val_loss += criterion(model(xb), yb) * len(xb)

    if (epoch + 1) % 5 == 0:
        print("Epoch %d/%d  train MSE %.4f  val MSE %.4f" % (
            epoch + 1, n_epochs, train_loss.item() / len(train_ds), val_loss.item() / len(val_ds)))

torch.save(model.state_dict(), "mlp.pth")
