"""Trains a network that tells apart instruments by their timbre."""
# exported from a notebook

# In [1]:
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

# In [2]:
stored = torch.load("timbre.pt", weights_only=True)
sounds = TensorDataset(stored["mfcc"], stored["instrument"])
rows = list(range(len(sounds)))
random.Random(42).shuffle(rows)
fit, check = Subset(sounds, rows[500:]), Subset(sounds, rows[:500])
print(len(fit), len(check))


# In [3]:
class Timbre(nn.Module):
    def __init__(self, coefficients=40, instruments=11):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(coefficients, 64, 3), nn.ReLU(), nn.Dropout1d(0.2),
            nn.Conv1d(64, 64, 3), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(),
            nn.Linear(64, instruments),
        )

    def forward(self, x):
        return self.layers(x)


def fit_model(model, epochs, lr):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loader = DataLoader(fit, batch_size=32, shuffle=True)
    criterion = nn.CrossEntropyLoss()
    curve = []
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            hits = [(model(x).argmax(1) == y) for x, y in DataLoader(check, batch_size=250)]
        curve.append(torch.cat(hits).float().mean().item())
        print(epoch, f"loss {loss.item():.3f} accuracy {curve[-1]:.3f}")
    return curve


# In [4]:
curve = fit_model(Timbre(), epochs=40, lr=1e-3)  # PLANTED

# In [5]:
print("best epoch", max(range(len(curve)), key=curve.__getitem__))
