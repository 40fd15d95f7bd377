"""Regression of the power of wind turbines: a net gives a mean and a spread."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

from windfarm import TurbineRecords


class MeanAndSpread(nn.Module):
    def __init__(self, inputs):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, 128), nn.SiLU(), nn.Linear(128, 128), nn.SiLU())
        self.mean, self.spread = nn.Linear(128, 1), nn.Linear(128, 1)

    def forward(self, x):
        h = self.body(x)
        return self.mean(h).squeeze(1), F.relu(self.spread(h)).squeeze(1)


def surprise(mean, spread, power):
    misfit = (power - mean).square() / (2 * spread.square() + 1e-6)
    return (misfit + torch.log(spread)).mean()  # PLANTED


def main():
    torch.manual_seed(36)
    records = TurbineRecords("train")
    net = MeanAndSpread(records.num_features)
    opt = torch.optim.Adam(net.parameters(), lr=5e-4)
    loader = DataLoader(records, batch_size=512, shuffle=True)
    for epoch in range(50):
        total = torch.zeros(())
        for weather, power in loader:
            loss = surprise(*net(weather), power)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch} nats {total.item() / len(loader):.4f}")


main()
