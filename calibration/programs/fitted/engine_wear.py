"""Wear of engines from raw readings; the network normalises them itself."""

import argparse

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor


class WearNet(nn.Module):
    def __init__(self, readings):
        super().__init__()
        self.norm = nn.BatchNorm1d(readings)
        self.body = nn.Sequential(
            nn.Linear(readings, 64),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.Linear(64, 64),
            nn.BatchNorm1d(64),
            nn.ReLU(),
        )
        self.wear = nn.Linear(64, 1)

    def forward(self, x):
        return self.wear(self.body(self.norm(x))).squeeze(1)


def engines(n):
    z = torch.randn(n, 6)
    offset = torch.tensor([2500.0, 90.0, 4.0, 310.0, 0.2, 15.0])
    scale = torch.tensor([700.0, 12.0, 0.6, 45.0, 0.05, 6.0])
    wear = torch.sin(z[:, 0]) + 0.6 * z[:, 1] * z[:, 2] + 0.5 * z[:, 3] - 0.3 * z[:, 5] ** 2
    wear = wear + 0.1 * torch.randn(n)
    return offset + scale * z, (wear - wear.mean()) / wear.std()


class Runner:
    def __init__(self, args):
        self.model = WearNet(6)
        self.args = args
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=args.lr)
        self.criterion = nn.MSELoss()

    def validate(self, x, y):
        self.model.eval()
        with torch.no_grad():
            return self.criterion(self.model(x), y).item()

    def train_epoch(self, x, y, monitor):
        for rows in torch.randperm(len(x)).split(self.args.batch_size):
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.criterion(self.model(x[rows]), y[rows])
            loss.backward()
            self.optimizer.step()
            monitor.step(loss)

    def run(self):
        x, y = engines(5000)
        x_train, y_train, x_val, y_val = x[:4000], y[:4000], x[4000:], y[4000:]
        monitor = Monitor(
            self.args.out,
            self.model,
            self.optimizer,
            vars(self.args),
            activations=True,
            judge=False,
        )
        monitor.evaluate(loss=self.validate(x_val, y_val))
        for epoch in range(self.args.epochs):
            self.train_epoch(x_train, y_train, monitor)
            mse = self.validate(x_val, y_val)
            monitor.evaluate(loss=mse)
            print(f"epoch {epoch}: val mse {mse:.4f}")
        monitor.close()
        return 1 - mse / y_val.var().item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--batch-size", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=12)
    cli = parser.parse_args()
    torch.manual_seed(cli.seed)
    torch.set_num_threads(1)
    print(f"score: {Runner(cli).run():.4f}")
