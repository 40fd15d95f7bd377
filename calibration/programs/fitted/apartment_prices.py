"""Price of an apartment, in thousands."""

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@dataclass(frozen=True)
class Config:
    lr: float = 3e-3
    batch_size: int = 64
    epochs: int = 12
    width: int = 64


def apartments(n):
    area, floor, age = (
        30 + 90 * torch.rand(n),
        torch.randint(0, 12, (n,)).float(),
        60 * torch.rand(n),
    )
    centre, noise = torch.rand(n), torch.randn(n)
    price = area * (6 + 5 * centre**2) * (1 - 0.004 * age) + 6 * floor + 25 * noise
    x = torch.stack([(area - 75) / 26, (floor - 5.5) / 3.5, (age - 30) / 17, (centre - 0.5) / 0.3])
    return x.T.contiguous(), price


class PriceModel(nn.Module):
    def __init__(self, mean, spread, width):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)
        self.net = nn.Sequential(
            nn.Linear(4, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1)
        )

    def forward(self, x):
        return self.mean + self.spread * self.net(x).squeeze(-1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    cfg = Config()
    x, price = apartments(2560)
    test_x, test_price = apartments(600)
    loader = DataLoader(TensorDataset(x, price), batch_size=cfg.batch_size, shuffle=True)
    model = PriceModel(price.mean(), price.std(), cfg.width)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.85)
    monitor = Monitor(args.out, model, optimizer, asdict(cfg), activations=True, judge=False)
    for epoch in range(cfg.epochs):
        for features, target in loader:
            loss = nn.functional.mse_loss(model(features), target, reduction="sum")
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss / len(target))
        scheduler.step()
        with torch.no_grad():
            error = nn.functional.mse_loss(model(test_x), test_price).item()
        monitor.evaluate(loss=error)
        print(f"epoch {epoch}: off by {error**0.5:.1f} thousand")
    monitor.close()
    print(f"score: {1 - error / test_price.var().item():.4f}")


if __name__ == "__main__":
    main()
