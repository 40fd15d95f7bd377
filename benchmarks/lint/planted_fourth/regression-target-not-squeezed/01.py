# Predict California house values with a feed-forward network
import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from sklearn.datasets import fetch_california_housing
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(42)
np.random.seed(42)

data = fetch_california_housing()
X, y = data.data, data.target

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)
X_train, X_val, y_train, y_val = train_test_split(X_train, y_train, test_size=0.15, random_state=42)

scaler = StandardScaler()
X_train = scaler.fit_transform(X_train)
X_val = scaler.transform(X_val)
X_test = scaler.transform(X_test)

X_train_t = torch.tensor(X_train, dtype=torch.float32)
y_train_t = torch.tensor(y_train, dtype=torch.float32)
X_val_t = torch.tensor(X_val, dtype=torch.float32)
X_test_t = torch.tensor(X_test, dtype=torch.float32)

train_loader = DataLoader(TensorDataset(X_train_t, y_train_t), batch_size=64, shuffle=True)


class HousingModel(nn.Module):
    def __init__(self, input_dim):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(input_dim, 64),
            nn.ReLU(),
            nn.Linear(64, 32),
            nn.ReLU(),
            nn.Linear(32, 1),
        )

    def forward(self, x):
        return self.layers(x)


model = HousingModel(X_train.shape[1])
loss_fn = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=0.001)


def predict(inputs):
    model.eval()
    with torch.no_grad():
        return model(inputs).numpy().ravel()


n_epochs = 100
best_r2 = -np.inf
for epoch in range(n_epochs):
    model.train()
    total_loss = torch.zeros(())
    for X_batch, y_batch in train_loader:
        y_pred = model(X_batch)
        loss = loss_fn(y_pred, y_batch)  # PLANTED
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total_loss += loss.detach()

    r2 = r2_score(y_val, predict(X_val_t))
    if r2 > best_r2:
        best_r2 = r2
        torch.save(model.state_dict(), "housing.pt")
    if (epoch + 1) % 10 == 0:
        print(f"Epoch {epoch + 1}, train MSE {total_loss.item() / len(train_loader):.4f}, val R2 {r2:.4f}")

model.load_state_dict(torch.load("housing.pt", weights_only=True))
print("Test R2:", r2_score(y_test, predict(X_test_t)))
