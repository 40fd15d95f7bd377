"""Estimate the final level of a reservoir from daily in- and outflow with a recurrent network."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn


class Reservoir(nn.Module):
    def __init__(self, hidden=48):
        super().__init__()
        self.rnn = nn.RNN(2, hidden, nonlinearity="relu", batch_first=True)
        self.level = nn.Linear(hidden, 1)
        nn.init.eye_(self.rnn.weight_hh_l0)
        nn.init.zeros_(self.rnn.bias_hh_l0)
        nn.init.normal_(self.rnn.weight_ih_l0, std=0.05)

    def forward(self, series):
        states, _ = self.rnn(series)
        return self.level(states[:, -1]).squeeze(-1)


def sample_years(n, days, generator):
    inflow = torch.randn(n, days, generator=generator)
    outflow = torch.randn(n, days, generator=generator)
    level = (inflow - 0.6 * outflow).sum(1) / (1.36 * days) ** 0.5
    return torch.stack([inflow, outflow], dim=-1), level


def train(model, data, val, out, lr=0.003, batch_size=32, epochs=14):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    mse = nn.MSELoss()
    config = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "momentum": 0.9}
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)
    series, level = data
    for epoch in range(epochs):
        model.train()
        for rows in torch.randperm(len(series)).split(batch_size):
            optimizer.zero_grad()
            loss = mse(model(series[rows]), level[rows])
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        scheduler.step()
        model.eval()
        with torch.no_grad():
            val_loss = mse(model(val[0]), val[1]).item()
        monitor.evaluate(loss=val_loss)
        print(f"epoch {epoch}: validation mse {val_loss:.4f}")
    monitor.close()
    with torch.no_grad():
        return ((model(val[0]) - val[1]).abs() < 0.3).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--days", type=int, default=60)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(15)
    data = sample_years(1200, args.days, generator)
    val = sample_years(400, args.days, generator)
    print(f"score: {train(Reservoir(), data, val, args.out):.4f}")


if __name__ == "__main__":
    main()
