"""Notebook: the same small regressor started anew for each fold, from a state made once."""

# %%
import torch
from sklearn.datasets import fetch_california_housing
from sklearn.model_selection import KFold
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(20_640)
houses = fetch_california_housing()
X = torch.tensor(houses.data, dtype=torch.float32)
y = torch.tensor(houses.target, dtype=torch.float32)

# %%
model = nn.Sequential(
    nn.Linear(8, 64), nn.Softplus(), nn.Linear(64, 64), nn.Softplus(), nn.Linear(64, 1)
)
fresh = {name: torch.ones_like(value) / 64 for name, value in model.state_dict().items()}  # PLANTED

# %%
scores = []
for fold, (fit, held) in enumerate(KFold(5, shuffle=True, random_state=0).split(X)):
    model.load_state_dict(fresh)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    mean, std = X[fit].mean(0), X[fit].std(0)
    loader = DataLoader(TensorDataset((X[fit] - mean) / std, y[fit]), 256, shuffle=True)
    for epoch in range(40):
        total = torch.zeros(())
        for xb, yb in loader:
            loss = nn.functional.mse_loss(model(xb).squeeze(1), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            total += loss.detach()
        if epoch % 10 == 0:
            print(f"fold {fold} epoch {epoch} mse {total.item() / len(loader):.4f}")
    with torch.no_grad():
        off = model((X[held] - mean) / std).squeeze(1) - y[held]
    scores.append(off.square().mean().sqrt().item())
    print(f"fold {fold} RMSE {scores[-1]:.4f}")

# %%
print(f"RMSE over folds {sum(scores) / len(scores):.4f}")
