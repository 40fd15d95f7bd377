"""Estimate the season's water balance from a long series of daily readings."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn

DAYS = 90


def seasons(n):
    rain = torch.relu(torch.randn(n, DAYS, 1))
    warmth = torch.randn(n, DAYS, 1).cumsum(1) / 6
    balance = (rain - 0.4 - 0.25 * torch.tanh(warmth)).sum(1).squeeze(1)
    return torch.cat([rain - 0.4, warmth], dim=2), balance / 6


class SeasonRNN(nn.Module):
    def __init__(self, hidden=40):
        super().__init__()
        self.rnn = nn.RNN(2, hidden, nonlinearity="relu", batch_first=True)
        self.head = nn.Linear(hidden, 1)
        nn.init.eye_(self.rnn.weight_hh_l0)
        nn.init.zeros_(self.rnn.bias_hh_l0)
        nn.init.zeros_(self.rnn.bias_ih_l0)

    def forward(self, series):
        _, last = self.rnn(series)
        return self.head(last[-1]).squeeze(-1)


def fit(model, optimizer, monitor, train, val, steps, batch_size):
    x, y = train
    for step in range(1, steps + 1):
        rows = torch.randint(0, len(x), (batch_size,))
        loss = nn.functional.mse_loss(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss)
        if step % 40 == 0:
            monitor.evaluate(loss=mse(model, val))


@torch.no_grad()
def mse(model, data):
    return nn.functional.mse_loss(model(data[0]), data[1]).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    train, val = seasons(2000), seasons(400)
    model = SeasonRNN()
    config = {"lr": 0.003, "momentum": 0.9, "batch_size": 32, "steps": 400, "days": DAYS}
    optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=config["momentum"])
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    fit(model, optimizer, monitor, train, val, config["steps"], config["batch_size"])
    monitor.close()
    print(f"score: {1 - mse(model, val) / val[1].var().item():.4f}")


if __name__ == "__main__":
    main()
