"""Recognise machine states from raw filter-bank energies."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from neural_trainer.live.monitor import Monitor
from torch import nn


class EnergyPool(nn.Module):
    """Project the bands and normalise by energy; keep the relative level."""

    def __init__(self, bands, width):
        super().__init__()
        self.project = nn.Linear(bands, width)

    def forward(self, x):
        h = self.project(x)
        energy = (h * h).sum(dim=-1, keepdim=True)
        level = energy / energy.mean(dim=0, keepdim=True)
        return torch.cat([8.0 * h / torch.sqrt(energy + 1e-3), level], dim=-1)


class StateNet(nn.Module):
    def __init__(self, bands=40, width=96, states=6):
        super().__init__()
        self.pool = EnergyPool(bands, width)
        self.hidden = nn.Linear(width + 1, width)
        self.out = nn.Linear(width, states)

    def forward(self, x):
        return self.out(F.relu(self.hidden(self.pool(x))))


def recordings(n, rng):
    templates = np.abs(np.random.default_rng(4).normal(size=(6, 40)))
    state = rng.integers(0, 6, n)
    volume = np.exp(rng.normal(1.6, 0.75, (n, 1)))
    energies = volume * np.abs(templates[state] + 0.8 * rng.normal(size=(n, 40)))
    return torch.tensor(energies, dtype=torch.float32), torch.tensor(state)


parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

rng = np.random.default_rng(20)
x_train, y_train = recordings(3000, rng)
x_test, y_test = recordings(600, rng)
net = StateNet()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
config = {"lr": 1e-3, "batch_size": 64, "epochs": 9, "amp": True}
monitor = Monitor(args.out, net, optimizer, config, activations=True, judge=False)

for epoch in range(config["epochs"]):
    for rows in torch.randperm(len(x_train)).split(config["batch_size"]):
        with torch.autocast(device_type="cpu", dtype=torch.float16):
            logits = net(x_train[rows])
        loss = F.cross_entropy(logits.float(), y_train[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        hits = (logits.argmax(1) == y_train[rows]).float().mean().item()
        monitor.step(loss, accuracy=hits)
    with torch.no_grad():
        logits = net(x_test)
    test_loss = F.cross_entropy(logits, y_test).item()
    accuracy = (logits.argmax(1) == y_test).float().mean().item()
    monitor.evaluate(loss=test_loss, accuracy=accuracy)

monitor.close()
print(f"score: {accuracy:.4f}")
