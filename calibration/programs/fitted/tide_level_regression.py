"""Water level from weather readings, trained by SGD."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F

from neural_trainer.live.monitor import Monitor

config = {
    "lr": 0.01,
    "momentum": 0.9,
    "batch_size": 128,
    "epochs": 15,
    "hidden": 48,
}


class LevelNet(nn.Module):
    def __init__(self, n_in, hidden):
        super().__init__()
        self.fc1 = nn.Linear(n_in, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, 1)

    def forward(self, x):
        x = torch.tanh(self.fc1(x))
        x = torch.tanh(self.fc2(x))
        return self.fc3(x)


def readings(n):
    x = torch.randn(n, 8)
    level = torch.sin(1.5 * x[:, 0]) + 0.5 * x[:, 1] - 0.6 * x[:, 2] * x[:, 3]
    level = level + 0.1 * torch.randn(n)
    return x, ((level - level.mean()) / level.std()).unsqueeze(1)


def fit(model, x, y, x_val, y_val, out):
    optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=config["momentum"])
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        permutation = torch.randperm(len(x))
        for i in range(0, len(x), config["batch_size"]):
            idx = permutation[i : i + config["batch_size"]]
            optimizer.zero_grad()
            loss = F.mse_loss(model(x[idx]), y[idx], reduction="sum")
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        with torch.no_grad():
            val_loss = F.mse_loss(model(x_val), y_val).item()
        monitor.evaluate(loss=val_loss)
        print(f"epoch {epoch + 1:3d} | val loss {val_loss:.4f}")
    monitor.close()
    return val_loss


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = readings(5000)
    model = LevelNet(8, config["hidden"])
    mse = fit(model, x[:4000], y[:4000], x[4000:], y[4000:], args.out)
    print(f"score: {1 - mse / y[4000:].var().item():.4f}")


if __name__ == "__main__":
    main()
