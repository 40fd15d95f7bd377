"""Estimate the latency of a link from its packet counters."""

import argparse

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def read_counters(n, rng):
    sent = rng.poisson(9.0, n)
    received = rng.poisson(7.0, n)
    queue = rng.exponential(1.0, n)
    load = rng.uniform(0, 1, n)
    latency = 1.2 * queue + 2.0 * load**2 + 0.4 * np.minimum(sent / (received + 1), 3)
    latency = latency + 0.15 * rng.normal(size=n)
    return sent, received, queue, load, latency


def to_tensors(sent, received, queue, load, latency):
    sent = torch.tensor(sent, dtype=torch.float32)
    received = torch.tensor(received, dtype=torch.float32)
    ratio = sent / received
    x = torch.stack(
        [
            (sent - 9) / 3,
            (received - 7) / 2.6,
            ratio - 1.5,
            torch.tensor(queue, dtype=torch.float32) - 1,
            2 * torch.tensor(load, dtype=torch.float32) - 1,
        ],
        dim=1,
    )
    return x, torch.tensor(latency, dtype=torch.float32) - 2.3


class LatencyModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden1 = nn.Linear(5, 48)
        self.hidden2 = nn.Linear(48, 48)
        self.output = nn.Linear(48, 1)

    def forward(self, x):
        x = nn.functional.softplus(self.hidden1(x))
        x = nn.functional.softplus(self.hidden2(x))
        return self.output(x)[:, 0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    hparams = {"lr": 0.003, "batch_size": 32, "epochs": 5, "optimizer": "adamw"}

    x_train, y_train = to_tensors(*read_counters(3200, np.random.default_rng(1)))
    x_val, y_val = to_tensors(*read_counters(500, np.random.default_rng(10)))
    loader = DataLoader(TensorDataset(x_train, y_train), hparams["batch_size"], shuffle=True)
    model = LatencyModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=hparams["lr"])
    monitor = Monitor(args.out, model, optimizer, hparams, activations=True, judge=False)

    for _ in range(hparams["epochs"]):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.smooth_l1_loss(model(x), y)
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        model.eval()
        with torch.no_grad():
            errors = (model(x_val) - y_val) ** 2
        monitor.evaluate(loss=errors.mean().item())
    monitor.close()
    close = (errors < 0.4**2).float().mean().item()
    print(f"score: {close:.4f}")


if __name__ == "__main__":
    main()
