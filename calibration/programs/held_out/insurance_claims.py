"""Expected size of insurance claims, most of them small and a few enormous."""

import argparse

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


def claims(n, rng):
    x = rng.normal(size=(n, 9)).astype(np.float32)
    centre = 1.5 * x[:, 0] - x[:, 1] + 0.8 * x[:, 2] * x[:, 3]
    size = centre + 0.5 * rng.standard_t(1.8, size=n)
    return torch.from_numpy(x), torch.from_numpy(size.astype(np.float32))


class ClaimModel(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(9, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 1)
        )

    def forward(self, x):
        return self.net(x).squeeze(-1)


class Trainer:
    def __init__(self, model, optimizer, criterion, monitor, max_norm=5.0):
        self.model = model
        self.optimizer = optimizer
        self.criterion = criterion
        self.monitor = monitor
        self.max_norm = max_norm

    def epoch(self, loader):
        self.model.train()
        for x, y in loader:
            loss = self.criterion(self.model(x), y)
            self.optimizer.zero_grad()
            loss.backward()
            norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
            self.optimizer.step()
            self.monitor.step(loss, grad_norm=norm.item())

    @torch.no_grad()
    def validate(self, x, y):
        self.model.eval()
        pred = self.model(x)
        self.monitor.evaluate(loss=self.criterion(pred, y).item())
        return spearmanr(pred.numpy(), y.numpy()).statistic


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    x, y = claims(4000, rng)
    loader = DataLoader(TensorDataset(x[:3200], y[:3200]), batch_size=64, shuffle=True)

    model = ClaimModel()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.SmoothL1Loss()
    config = {"lr": 1e-3, "batch_size": 64, "max_norm": 5.0, "loss": "smooth_l1"}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    trainer = Trainer(model, optimizer, criterion, monitor)
    for _ in range(9):
        trainer.epoch(loader)
        rank = trainer.validate(x[3200:], y[3200:])
    monitor.close()
    print(f"score: {rank:.4f}")


if __name__ == "__main__":
    main()
