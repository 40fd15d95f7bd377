"""Daily revenue of an advertisement from a few weak signals."""

import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

HP = {"lr": 2e-3, "batch_size": 64, "epochs": 8, "weight_decay": 1e-2}


def advertisements(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6)).astype(np.float32)
    revenue = 0.6 * x[:, 0] - 0.4 * x[:, 1] + 0.3 * np.abs(x[:, 2]) + rng.normal(0, 1.2, n)
    revenue = (revenue - revenue.mean()) / revenue.std()
    return torch.from_numpy(x), torch.from_numpy(revenue.astype(np.float32)).unsqueeze(1)


class RevenueNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1))

    def forward(self, x):
        return self.layers(x)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = advertisements(5000, args.seed)
    train_loader = DataLoader(
        TensorDataset(x[:4000], y[:4000]), batch_size=HP["batch_size"], shuffle=True
    )
    x_val, y_val = x[4000:], y[4000:]
    model = RevenueNet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=HP["lr"], weight_decay=HP["weight_decay"])
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, T_max=HP["epochs"] * len(train_loader)
    )
    loss_fn = nn.MSELoss()
    monitor = Monitor(args.out, model, optimizer, HP, activations=True, judge=False)

    for epoch in range(HP["epochs"]):
        for xb, yb in train_loader:
            optimizer.zero_grad()
            loss = loss_fn(model(xb), yb)
            loss.backward()
            optimizer.step()
            scheduler.step()
            monitor.step(loss)
        with torch.no_grad():
            val_loss = loss_fn(model(x_val), y_val).item()
        monitor.evaluate(loss=val_loss)
        print(f"epoch {epoch}: val {val_loss:.4f}")

    monitor.close()
    print(f"score: {1 - val_loss / y_val.var().item():.4f}")


if __name__ == "__main__":
    main()
