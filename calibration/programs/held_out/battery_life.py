"""Remaining cycles of battery cells from their discharge curve."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor


def test_bench(cells, gen):
    """Cells are logged over their life, so the table runs from fresh to worn out."""
    wear = torch.linspace(0, 1, cells)
    t = torch.linspace(0, 1, 16)
    temperature = torch.rand(cells, 1, generator=gen)
    drop = 1.5 + 2.5 * wear.unsqueeze(1) + 0.8 * temperature
    curve = 4.1 - drop * t**3 - 0.3 * t - 0.2 * temperature
    curve = curve + 0.05 * torch.randn(cells, 16, generator=gen)
    cycles = 1200 * (1 - wear) ** 1.3 + 15 * torch.randn(cells, generator=gen)
    return torch.cat([curve, temperature], dim=1), cycles


class LifeModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(17, 64)
        self.fc2 = nn.Linear(64, 64)
        self.fc3 = nn.Linear(64, 1)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x))))).squeeze(-1)


def fit(model, x, y, x_val, y_val, monitor, optimizer, epochs, batch_size):
    for _ in range(epochs):
        model.train()
        for start in range(0, len(x), batch_size):
            xb, yb = x[start : start + batch_size], y[start : start + batch_size]
            loss = F.smooth_l1_loss(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        model.eval()
        with torch.no_grad():
            pred = model(x_val)
        monitor.evaluate(loss=F.smooth_l1_loss(pred, y_val).item())
    return 1 - ((pred - y_val) ** 2).mean().item() / y_val.var(unbiased=False).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    gen = torch.Generator().manual_seed(args.seed)

    x, y = test_bench(2000, gen)
    x_val, y_val = test_bench(400, gen)
    mean, std = x.mean(0), x.std(0)
    x, x_val = (x - mean) / std, (x_val - mean) / std
    y_mean, y_std = y.mean(), y.std()
    y, y_val = (y - y_mean) / y_std, (y_val - y_mean) / y_std

    model = LifeModel()
    lr, batch_size, epochs = 0.05, 32, 8
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    config = {"lr": lr, "batch_size": batch_size, "epochs": epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    r2 = fit(model, x, y, x_val, y_val, monitor, optimizer, epochs, batch_size)
    monitor.close()
    print(f"score: {r2:.4f}")


if __name__ == "__main__":
    main()
