"""Predict bearing temperature of wind turbines from ten operating signals."""

import argparse
import math

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class RunningLoss:
    """Smooths the loss that goes to the log."""

    def __init__(self, decay=0.9):
        self.decay = decay
        self.value = None

    def update(self, loss):
        loss = float(loss)
        if not math.isfinite(loss):
            return self.value
        self.value = loss if self.value is None else self.decay * self.value + 0.1 * loss
        return self.value


def operating_data(n, seed):
    rng = np.random.default_rng(seed)
    signals = rng.normal(size=(n, 10))
    temperature = signals[:, 0] + signals[:, 1] * signals[:, 2] + np.tanh(2 * signals[:, 3])
    temperature = temperature + 0.2 * rng.normal(size=n)
    stopped = rng.random(n) < 0.0003
    signals[stopped, 4] = np.nan
    return signals, temperature


def prepare(signals, temperature):
    x = torch.tensor(signals, dtype=torch.float32)
    return x, torch.tensor(temperature, dtype=torch.float32).unsqueeze(1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    lr, batch_size, steps = 3e-3, 32, 450
    train = TensorDataset(*prepare(*operating_data(8000, seed=1)))
    x_val, y_val = prepare(*operating_data(500, seed=6))
    model = nn.Sequential(
        nn.Linear(10, 64), nn.GELU(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 1)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    mse = nn.MSELoss()
    config = {"lr": lr, "batch_size": batch_size, "steps": steps}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    running = RunningLoss()
    step = 0
    while step < steps:
        for x, y in DataLoader(train, batch_size=batch_size, shuffle=True):
            optimizer.zero_grad()
            loss = mse(model(x), y)
            loss.backward()
            optimizer.step()
            monitor.step(running.update(loss))
            step += 1
            if step % 50 == 0:
                print(f"step {step}: loss {running.value:.4f}")
            if step == steps:
                break
    monitor.close()
    with torch.no_grad():
        score = ((model(x_val) - y_val).abs() < 0.5).float().mean().item()
    print(f"score: {score:.4f}")


if __name__ == "__main__":
    main()
