"""California housing."""
import torch
import torch.nn as nn
from sklearn.datasets import fetch_california_housing
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = fetch_california_housing()
X = torch.tensor(data.data, dtype=torch.float32)
y = torch.tensor(data.target, dtype=torch.float32)
X = (X - X.mean(0)) / X.std(0)
loader = DataLoader(TensorDataset(X, y), batch_size=64, shuffle=True)

model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
for epoch in range(50):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)  # PLANTED
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
