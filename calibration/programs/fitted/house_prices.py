"""House prices from six columns of a land registry."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


def registry(n, seed):
    rng = np.random.default_rng(seed)
    area = rng.normal(1600, 500, n).clip(400)
    year = rng.integers(1900, 2022, n)
    rooms = rng.integers(1, 9, n)
    distance = rng.exponential(6.0, n)
    plot = rng.lognormal(8.5, 0.6, n)
    tax = rng.uniform(0.005, 0.03, n)
    price = (
        120 * area * (1 + 0.25 * (rooms > 4))
        + 900 * (year - 1950) * (year > 1950)
        - 9000 * np.log1p(distance)
        + 4 * plot
        - 4e6 * tax
        + rng.normal(0, 9000, n)
    )
    columns = np.stack([area, year, rooms, distance, plot, tax], axis=1)
    return columns.astype(np.float32), price.astype(np.float32)


def train_one_epoch(model, loader, optimizer, scheduler, monitor):
    model.train()
    for x, y in loader:
        optimizer.zero_grad(set_to_none=True)
        loss = F.mse_loss(model(x).squeeze(1), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss)


@torch.no_grad()
def validate(model, x, y):
    model.eval()
    return F.mse_loss(model(x).squeeze(1), y).item()


def main():
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("--out", required=True)
    cli.add_argument("--seed", type=int, default=0)
    args = cli.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    columns, price = registry(4000, args.seed)
    x_train, x_test = columns[:3200], columns[3200:]
    y_mean, y_std = price[:3200].mean(), price[:3200].std()
    y = (price - y_mean) / y_std
    x_train, x_test = torch.from_numpy(x_train), torch.from_numpy(x_test)
    y_train, y_test = torch.from_numpy(y[:3200]), torch.from_numpy(y[3200:])

    epochs, batch_size, lr = 10, 64, 2e-3
    model = nn.Sequential(
        nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
    )
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=lr, total_steps=epochs * len(loader)
    )
    monitor = Monitor(
        args.out,
        model,
        optimizer,
        {"lr": lr, "batch_size": batch_size, "epochs": epochs},
        activations=True,
        judge=False,
    )
    for epoch in range(epochs):
        train_one_epoch(model, loader, optimizer, scheduler, monitor)
        loss = validate(model, x_test, y_test)
        monitor.evaluate(loss=loss)
        print(f"epoch {epoch + 1}/{epochs} mse {loss:.4f}")
    monitor.close()
    print(f"score: {1 - loss / y_test.var().item():.4f}")


if __name__ == "__main__":
    main()
