"""Targets are given a column each before the loader is made."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(X, y, epochs=20):
    torch.manual_seed(0)
    data = TensorDataset(X, y.view(-1, 1))
    loader = DataLoader(data, batch_size=64, shuffle=True)
    model = nn.Sequential(nn.Linear(X.size(1), 32), nn.ReLU(), nn.Linear(32, 1))
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.MSELoss()
    for epoch in range(epochs):
        for xb, yb in loader:
            loss = criterion(model(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
