"""Chance that a patient is back within 30 days. Reads data/, writes out/."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

CONFIG = {
    "seed": 7,
    "hidden": 48,
    "dropout": 0.5,
    "lr": 1e-3,
    "weight_decay": 0.01,
    "batch_size": 64,
    "epochs": 25,
}


def read(name):
    table = np.loadtxt(Path("data") / name, delimiter=",", skiprows=1, dtype=np.float32)
    return torch.from_numpy(table)


class Readmission(nn.Module):
    def __init__(self, num_features):
        super().__init__()
        hidden, dropout = CONFIG["hidden"], CONFIG["dropout"]
        self.layers = nn.Sequential(
            nn.Linear(num_features, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
    return {
        "val_loss": F.binary_cross_entropy_with_logits(logits, y).item(),
        "val_accuracy": ((logits > 0) == (y > 0.5)).float().mean().item(),
    }


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    table = read("train.csv")
    x, y = table[:, :-1], table[:, -1]
    order = torch.randperm(len(x))
    val, train = order[: len(x) // 4], order[len(x) // 4 :]
    mean, std = x[train].mean(0), x[train].std(0)
    x = (x - mean) / std

    model = Readmission(x.shape[1])
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=CONFIG["lr"], weight_decay=CONFIG["weight_decay"]
    )
    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            model.train()
            losses, right = [], []
            for batch in train[torch.randperm(len(train))].split(CONFIG["batch_size"]):
                logits = model(x[batch])
                loss = F.binary_cross_entropy_with_logits(logits, y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
                losses.append(loss.item())
                right.append(((logits > 0) == (y[batch] > 0.5)).float().mean().item())
            row = {
                "step": step,
                "epoch": epoch,
                "train_loss": float(np.mean(losses)),
                "train_accuracy": float(np.mean(right)),
                **evaluate(model, x[val], y[val]),
            }
            log.write(json.dumps(row) + "\n")

    model.eval()
    with torch.no_grad():
        chances = torch.sigmoid(model((read("test.csv") - mean) / std))
    np.savetxt("out/predictions.csv", chances.numpy(), fmt="%.6f", header="chance", comments="")


if __name__ == "__main__":
    main()
