"""The two methods of Table 1: `fit` trains one, `accuracy` judges it."""

import csv
from pathlib import Path

import numpy as np
import torch
from torch import nn

DEFAULTS = {"lr": 0.001, "hidden": 16, "weight_decay": 0.0, "epochs": 20}
"""What the paper of the baseline states."""
SPACE = {"lr": (0.0005, 0.05), "hidden": (16, 128), "weight_decay": (0.0001, 0.3), "epochs": (20, 80)}
"""What the sweep of ours drew from: log-uniform, whole numbers where the ends are."""


def rows(split):
    """Return features (n, 12) and labels (n,) of data/SPLIT.csv: train, val or test."""
    with open(Path(__file__).parent / "data" / f"{split}.csv", newline="") as file:
        table = np.array([[float(v) for v in row] for row in list(csv.reader(file))[1:]])
    return torch.tensor(table[:, :-1], dtype=torch.float32), torch.tensor(table[:, -1]).long()


def fit(method, config, seed=0):
    """Train "ours" (a network whose input is masked at random) or "baseline" (without the masks)."""
    assert method in ("ours", "baseline")
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    x, y = rows("train")
    model = nn.Sequential(
        nn.Linear(x.shape[1], config["hidden"]), nn.ReLU(), nn.Linear(config["hidden"], 2)
    )
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config["lr"], weight_decay=config["weight_decay"]
    )
    for _ in range(config["epochs"]):
        for batch in torch.randperm(len(x)).split(100):
            seen = x[batch]
            if method == "ours":
                seen = seen * (torch.rand_like(seen) > 0.1) / 0.9
            loss = nn.functional.cross_entropy(model(seen), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model


def accuracy(model, split):
    """Return the share of rows of a split that the model gets right."""
    x, y = rows(split)
    with torch.no_grad():
        return (model(x).argmax(1) == y).double().mean().item()
