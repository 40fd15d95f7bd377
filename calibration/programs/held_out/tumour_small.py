"""Malignant or benign, from the breast cancer table."""

import argparse

import torch
import torch.nn as nn
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from neural_trainer.live.monitor import Monitor


def load(seed, noise=1.2):
    table = load_breast_cancer()
    x_train, x_test, y_train, y_test = train_test_split(
        table.data, table.target, train_size=24, random_state=seed, stratify=table.target
    )
    scaler = StandardScaler().fit(x_train)
    x_train = torch.tensor(scaler.transform(x_train), dtype=torch.float32)
    x_test = torch.tensor(scaler.transform(x_test), dtype=torch.float32)
    x_train = x_train + noise * torch.randn_like(x_train)  # a coarse, cheap scanner
    x_test = x_test + noise * torch.randn_like(x_test)
    return x_train, torch.tensor(y_train), x_test, torch.tensor(y_test)


class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.a = nn.Linear(30, width)
        self.b = nn.Linear(width, width)
        self.c = nn.Linear(width, 2)

    def forward(self, x):
        return self.c(torch.relu(self.b(torch.relu(self.a(x)))))


def evaluate(model, x, y, criterion):
    model.eval()
    with torch.no_grad():
        out = model(x)
    return criterion(out, y).item(), (out.argmax(1) == y).float().mean().item()


parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--steps", type=int, default=400)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

x_train, y_train, x_test, y_test = load(args.seed)
model = Net(width=256)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=5e-4, weight_decay=0.0)
config = {"lr": 5e-4, "batch_size": 12, "width": 256, "weight_decay": 0.0}
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
for step in range(1, args.steps + 1):
    model.train()
    idx = torch.randint(len(x_train), (12,))
    out = model(x_train[idx])
    loss = criterion(out, y_train[idx])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    monitor.step(loss, accuracy=(out.argmax(1) == y_train[idx]).float().mean().item())
    if step % 20 == 0:
        test_loss, test_acc = evaluate(model, x_test, y_test, criterion)
        monitor.evaluate(loss=test_loss, accuracy=test_acc)
monitor.close()
print(f"score: {test_acc:.4f}")
