"""Fare of a taxi ride from distance, duration and time of day."""

import argparse
import math
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def rides(n):
    kilometres = torch.exp(0.9 + 0.7 * torch.randn(n))
    hour = 24 * torch.rand(n)
    rush = torch.exp(-0.5 * ((hour - 8) / 1.5) ** 2) + torch.exp(-0.5 * ((hour - 18) / 2) ** 2)
    pace = (2.2 + 1.8 * rush) * torch.exp(0.25 * torch.randn(n))
    minutes = torch.round(kilometres * pace)
    night = ((hour < 6) | (hour > 22)).float()
    fare = 3.0 + 1.4 * kilometres + 0.35 * minutes + 2.0 * night + 0.5 * torch.randn(n)
    return kilometres, minutes, hour, fare


def features(kilometres, minutes, hour):
    speed = kilometres / minutes
    angle = 2 * math.pi * hour / 24
    columns = [kilometres / 5, minutes / 15, 2 * speed, torch.sin(angle), torch.cos(angle)]
    return torch.stack(columns, dim=1)


class FareModel(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        self.linear = nn.Linear(5, 1)
        self.correction = nn.Sequential(nn.Linear(5, width), nn.SiLU(), nn.Linear(width, 1))

    def forward(self, x):
        return (self.linear(x) + self.correction(x)).squeeze(1)


class FareTrainer:
    def __init__(self, out, lr=5e-3, batch_size=64, epochs=8):
        self.epochs, self.batch_size = epochs, batch_size
        self.model = FareModel()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=lr)
        config = {"lr": lr, "batch_size": batch_size, "epochs": epochs}
        self.monitor = Monitor(
            out, self.model, self.optimizer, config, activations=True, judge=False
        )

    def fit(self, train, test):
        loader = DataLoader(TensorDataset(*train), batch_size=self.batch_size, shuffle=True)
        for _ in range(self.epochs):
            for x, fare in loader:
                self.optimizer.zero_grad()
                loss = nn.functional.l1_loss(self.model(x), fare)
                loss.backward()
                self.optimizer.step()
                self.monitor.step(loss)
            self.monitor.evaluate(loss=self.error(*test))
        self.monitor.close()

    @torch.no_grad()
    def error(self, x, fare):
        return nn.functional.l1_loss(self.model(x), fare).item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    *columns, fare = rides(5000)
    x = features(*columns)
    trainer = FareTrainer(args.out)
    trainer.fit((x[:4000], fare[:4000]), (x[4000:], fare[4000:]))
    baseline = (fare[4000:] - fare[:4000].median()).abs().mean().item()
    print(f"score: {1 - trainer.error(x[4000:], fare[4000:]) / baseline:.4f}")


if __name__ == "__main__":
    main()
