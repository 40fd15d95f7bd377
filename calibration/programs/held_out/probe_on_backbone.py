"""A linear probe for new digits on features learned from others; the backbone stays as it is."""

import argparse

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


class ProbedNet(nn.Module):
    def __init__(self, backbone, width, classes):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        return self.head(self.backbone(x))


def pretrain(x, y, width=96, steps=250):
    backbone = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
    net = ProbedNet(backbone, width, 5)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for _ in range(steps):
        idx = torch.randint(len(x), (64,))
        loss = nn.functional.cross_entropy(net(x[idx]), y[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return backbone


parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

data = load_digits()
x = torch.tensor(data.data, dtype=torch.float32) / 16
y = torch.tensor(data.target)
old, new = y < 5, y >= 5
backbone = pretrain(x[old], y[old])

x, y = x[new], y[new] - 5
order = torch.randperm(len(x))
x, y = x[order], y[order]
train_loader = DataLoader(TensorDataset(x[:680], y[:680]), batch_size=20, shuffle=True)
x_test, y_test = x[680:], y[680:]

# only the probe learns
for parameter in backbone.parameters():
    parameter.requires_grad = False
model = ProbedNet(backbone, 96, 5)
optimizer = torch.optim.Adam(model.head.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()
config = {"lr": 1e-2, "batch_size": 20, "freeze_backbone": True, "epochs": 16}
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
for _ in range(config["epochs"]):
    model.train()
    for features, label in train_loader:
        optimizer.zero_grad()
        out = model(features)
        loss = criterion(out, label)
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(out.argmax(1) == label).float().mean().item())
    model.eval()
    with torch.no_grad():
        out = model(x_test)
    accuracy = (out.argmax(1) == y_test).float().mean().item()
    monitor.evaluate(loss=criterion(out, y_test).item(), accuracy=accuracy)
monitor.close()
print(f"score: {accuracy:.4f}")
