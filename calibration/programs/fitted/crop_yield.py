"""Yield of a field from weather and soil, with small batches gathered into large ones."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def fields(n):
    x = torch.randn(n, 12)
    rain, heat, soil = x[:, 0], x[:, 1], x[:, 2]
    y = torch.tanh(rain) - 0.5 * (heat - 0.3) ** 2 + 0.6 * soil * torch.sigmoid(2 * rain)
    y = y + 0.3 * x[:, 3] + 0.15 * torch.randn(n)
    return x, (y - y.mean()) / y.std()


class Regressor(nn.Module):
    def __init__(self, inputs=12, width=64):
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.second = nn.Linear(width, width)
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        h = torch.relu(self.first(x))
        h = torch.relu(self.second(h))
        return self.last(h).squeeze(-1)


def r_squared(model, x, y):
    model.eval()
    with torch.no_grad():
        mse = (model(x) - y).pow(2).mean()
    model.train()
    return mse.item(), 1 - (mse / y.var()).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--micro-batch", type=int, default=16)
    parser.add_argument("--accumulate", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=14)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = fields(3840)
    test_x, test_y = fields(800)
    loader = DataLoader(TensorDataset(x, y), batch_size=args.micro_batch, shuffle=True)
    model = Regressor()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    config = {
        "lr": args.lr,
        "batch_size": args.micro_batch,
        "gradient_accumulation_steps": args.accumulate,
    }
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for _ in range(args.epochs):
        optimizer.zero_grad()
        gathered = 0.0
        for i, (bx, by) in enumerate(loader, start=1):
            loss = nn.functional.mse_loss(model(bx), by)
            loss.backward()
            gathered += loss.item() / args.accumulate
            if i % args.accumulate == 0:
                optimizer.step()
                optimizer.zero_grad()
                monitor.step(gathered)
                gathered = 0.0
        mse, r2 = r_squared(model, test_x, test_y)
        monitor.evaluate(loss=mse)
        print(f"test mse {mse:.4f}, r2 {r2:.3f}")
    monitor.close()
    print(f"score: {r_squared(model, test_x, test_y)[1]:.4f}")


if __name__ == "__main__":
    main()
