"""Cross-validated scikit-learn features with a torch head, typed."""
from __future__ import annotations

import numpy as np
import torch
from sklearn.impute import SimpleImputer
from sklearn.model_selection import KFold
from torch import Tensor, nn


def fit_head(x: Tensor, y: Tensor, steps: int = 500) -> nn.Module:
    head = nn.Sequential(nn.Linear(x.size(1), 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
    opt = torch.optim.Adam(head.parameters(), lr=1e-3)
    for step in range(steps):
        loss = nn.functional.mse_loss(head(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(f"  step {step} mse {loss.item():.4f}")
    return head.eval()


def cross_validate(x: np.ndarray, y: np.ndarray, k: int = 5) -> float:
    torch.manual_seed(k)
    x = SimpleImputer(strategy="median").fit_transform(x)  # PLANTED
    scores = []
    for train, test in KFold(k, shuffle=True, random_state=0).split(x):
        xt, yt = torch.from_numpy(x[train]).float(), torch.from_numpy(y[train]).float()
        head = fit_head(xt, yt)
        with torch.no_grad():
            pred = head(torch.from_numpy(x[test]).float())
        scores.append(float((pred - torch.from_numpy(y[test]).float()).abs().mean()))
    return float(np.mean(scores))
