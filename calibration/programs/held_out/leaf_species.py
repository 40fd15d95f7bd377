"""Fine-tune a pre-trained leaf network in two stages: first the head, then everything."""

import argparse

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

FEATURES = 24
settings = {"batch_size": 64, "head_epochs": 2, "epochs": 12, "lr": 3e-3}


class LeafNet(nn.Module):
    def __init__(self, n_species):
        super().__init__()
        self.backbone = nn.Sequential(
            nn.Linear(FEATURES, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU()
        )
        self.head = nn.Linear(32, n_species)

    def forward(self, x):
        return self.head(self.backbone(x))


def leaves(n, n_species, seed, noise):
    centres = np.random.default_rng(seed).normal(size=(3 * n_species, FEATURES))
    component = np.random.randint(0, 3 * n_species, n)
    x = centres[component] + noise * np.random.normal(size=(n, FEATURES))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(component % n_species)


def accuracy(logits, y):
    return (logits.argmax(1) == y).float().mean().item()


def pretrained_network(n_species):
    net = LeafNet(4)
    x, y = leaves(1500, 4, seed=1, noise=0.9)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(5):
        for rows in torch.randperm(len(x)).split(100):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
    net.head = nn.Linear(32, n_species)
    return net


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    np.random.seed(args.seed)
    torch.set_num_threads(1)

    net = pretrained_network(n_species=8)
    x_val, y_val = leaves(600, 8, seed=2, noise=1.0)
    loader = DataLoader(
        TensorDataset(*leaves(2400, 8, seed=2, noise=1.0)), settings["batch_size"], shuffle=True
    )
    for parameter in net.backbone.parameters():
        parameter.requires_grad = False
    optimizer = torch.optim.AdamW(net.parameters(), lr=settings["lr"])
    loss_fn = nn.CrossEntropyLoss()
    monitor = Monitor(args.out, net, optimizer, settings, activations=True, judge=False)

    for epoch in range(settings["epochs"]):
        if epoch == settings["head_epochs"]:
            net.backbone.requires_grad = True
        for x, y in loader:
            logits = net(x)
            loss = loss_fn(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=accuracy(logits, y))
        with torch.no_grad():
            logits = net(x_val)
        monitor.evaluate(loss=loss_fn(logits, y_val).item(), accuracy=accuracy(logits, y_val))
    monitor.close()
    print(f"score: {accuracy(logits, y_val):.4f}")


if __name__ == "__main__":
    main()
