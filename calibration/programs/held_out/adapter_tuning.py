"""Adapt a frozen pre-trained classifier to a new camera with low-rank adapters."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy


class LoRALinear(nn.Module):
    def __init__(self, base, rank=8, alpha=16):
        super().__init__()
        self.base = base
        self.base.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        self.scale = alpha / rank

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.a.T @ self.b.T)


def load(camera):
    x, y = load_digits(return_X_y=True)
    x = torch.tensor(x / 8.0 - 0.6, dtype=torch.float32)
    if camera == "new":
        x = x.view(-1, 8, 8).transpose(1, 2).flip(1).flatten(1) * 0.8 + 0.1
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    x, y = x[order], torch.tensor(y)[order]
    return (x[:1300], y[:1300]), (x[1300:], y[1300:])


def pretrain():
    net = nn.Sequential(
        nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)
    )
    (x, y), _ = load("old")
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    for _ in range(8):
        for rows in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
    return net


def accuracy(logits, labels):
    return (logits.argmax(1) == labels).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    net = pretrain()
    for i in (0, 2, 4):
        net[i] = LoRALinear(net[i])
    adapters = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(adapters, lr=3e-3, weight_decay=0.0)
    config = {"lr": 3e-3, "batch_size": 50, "rank": 8, "alpha": 16, "epochs": 15}
    monitor = Monitor(args.out, net, optimizer, config, activations=True, judge=False)
    (x, y), (x_val, y_val) = load("new")
    for _ in range(config["epochs"]):
        for rows in torch.randperm(len(x)).split(config["batch_size"]):
            logits = net(x[rows])
            loss = cross_entropy(logits, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=accuracy(logits, y[rows]))
        with torch.no_grad():
            logits = net(x_val)
        monitor.evaluate(loss=cross_entropy(logits, y_val).item(), accuracy=accuracy(logits, y_val))
    monitor.close()
    print(f"score: {accuracy(logits, y_val):.4f}")


if __name__ == "__main__":
    main()
