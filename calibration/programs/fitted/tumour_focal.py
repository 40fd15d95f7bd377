"""Malignant against benign tumours with a focal loss."""

import argparse
from pathlib import Path

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn


class FocalLoss(nn.Module):
    def __init__(self, gamma=1.5, alpha=0.6):
        super().__init__()
        self.gamma, self.alpha = gamma, alpha

    def forward(self, logits, target):
        p = torch.sigmoid(logits)
        positive = self.alpha * target * (1 - p) ** self.gamma * torch.log(p)
        negative = (1 - self.alpha) * (1 - target) * p**self.gamma * torch.log(1 - p)
        return -(positive + negative).mean()


def tensors():
    data = load_breast_cancer()
    malignant = (data.target == 0).astype(np.float32)
    x_train, x_test, y_train, y_test = train_test_split(
        data.data, malignant, test_size=0.3, random_state=7, stratify=malignant
    )
    scale = StandardScaler().fit(x_train)
    x_train, x_test = scale.transform(x_train), scale.transform(x_test)
    return [torch.tensor(a, dtype=torch.float32) for a in (x_train, y_train, x_test, y_test)]


parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

hp = {"lr": 0.01, "batch_size": 32, "steps": 600, "hidden": 32}
x, y, x_test, y_test = tensors()
net = nn.Sequential(nn.Linear(30, hp["hidden"]), nn.ReLU(), nn.Linear(hp["hidden"], 1))
criterion = FocalLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=hp["lr"])
monitor = Monitor(args.out, net, optimizer, hp, activations=True, judge=False)


def accuracy(logits, target):
    return ((logits > 0) == (target > 0.5)).float().mean().item()


@torch.no_grad()
def test():
    net.eval()
    logits = net(x_test)[:, 0]
    net.train()
    return criterion(logits, y_test).item(), accuracy(logits, y_test)


for step in range(hp["steps"]):
    rows = torch.randint(len(x), (hp["batch_size"],))
    logits = net(x[rows])[:, 0]
    loss = criterion(logits, y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    monitor.step(loss, accuracy=accuracy(logits, y[rows]))
    if step % 60 == 59:
        test_loss, test_accuracy = test()
        monitor.evaluate(loss=test_loss, accuracy=test_accuracy)
monitor.close()
print(f"score: {test()[1]:.4f}")
