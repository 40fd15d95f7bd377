import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


class ChurnModel(nn.Module):
    def __init__(self, n_features, hidden=64, p=0.1):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(n_features, hidden),
            nn.ReLU(),
            nn.Dropout(p),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
            nn.Softmax(dim=1),
        )

    def forward(self, x):
        return self.net(x)


def customers(n, seed):
    rng = np.random.default_rng(seed)
    tenure = rng.exponential(24, n)
    calls = rng.poisson(2, n)
    bill = rng.normal(60, 20, n)
    contract = rng.integers(0, 3, n)
    age = rng.normal(45, 14, n)
    risk = 0.9 * calls - 0.06 * tenure + 0.03 * (bill - 60) - 0.9 * contract - 0.2
    churn = rng.random(n) < 1 / (1 + np.exp(-2 * risk))
    table = np.column_stack([tenure, calls, bill, contract, age]).astype(np.float32)
    return table, churn.astype(np.float32)


def train_one_epoch(model, loader, criterion, optimizer, monitor):
    model.train()
    for features, churned in loader:
        prob = model(features)
        loss = criterion(prob, churned.unsqueeze(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        correct = (prob.squeeze(1) > 0.5) == (churned > 0.5)
        monitor.step(loss, accuracy=correct.float().mean().item())


def evaluate(model, loader, criterion):
    model.eval()
    losses, correct, total = 0.0, 0, 0
    with torch.no_grad():
        for features, churned in loader:
            prob = model(features)
            losses += criterion(prob, churned.unsqueeze(1)).item() * len(churned)
            correct += ((prob.squeeze(1) > 0.5) == (churned > 0.5)).sum().item()
            total += len(churned)
    return losses / total, correct / total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    x, y = customers(4000, args.seed)
    mean, std = x[:3200].mean(0), x[:3200].std(0)
    x = torch.from_numpy((x - mean) / std)
    y = torch.from_numpy(y)
    train_loader = DataLoader(TensorDataset(x[:3200], y[:3200]), batch_size=64, shuffle=True)
    val_loader = DataLoader(TensorDataset(x[3200:], y[3200:]), batch_size=400)

    model = ChurnModel(x.shape[1])
    criterion = nn.BCELoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-3)
    config = {"lr": 2e-3, "batch_size": 64, "epochs": 8}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(config["epochs"]):
        train_one_epoch(model, train_loader, criterion, optimizer, monitor)
        val_loss, val_acc = evaluate(model, val_loader, criterion)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    main()
