"""Classify iris flowers with a tiny network."""
import torch
import torch.nn as nn
from sklearn.datasets import load_iris

torch.manual_seed(0)
data = load_iris()
x = torch.tensor(data.data, dtype=torch.float32)
y = torch.tensor(data.target, dtype=torch.long)

model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(200):
    optimizer.zero_grad()
    out = model(x)
    loss = criterion(out, y)
    loss.backward()  # PLANTED
    if epoch % 20 == 0:
        print("Epoch", epoch, "Loss", loss.item())
