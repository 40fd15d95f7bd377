"""Benign or malignant: a classifier on the Wisconsin breast cancer data."""

import argparse

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
opt = parser.parse_args()

torch.manual_seed(opt.seed)
torch.set_num_threads(1)

data = load_breast_cancer()
order = np.random.default_rng(opt.seed).permutation(len(data.target))
train_idx, test_idx = order[:400], order[400:]
scaler = StandardScaler().fit(data.data[train_idx])


def tensors(idx):
    x = torch.tensor(scaler.transform(data.data[idx]), dtype=torch.float32)
    y = torch.tensor(data.target[idx], dtype=torch.float32).unsqueeze(1)
    return x, y


x_test, y_test = tensors(test_idx)
batch_size, epochs, learning_rate = 20, 20, 0.01
train_loader = DataLoader(TensorDataset(*tensors(train_idx)), batch_size, shuffle=True)

model = nn.Sequential(
    nn.Linear(30, 32),
    nn.Tanh(),
    nn.Linear(32, 16),
    nn.Tanh(),
    nn.Linear(16, 1),
    nn.Softmax(dim=1),
)
bce = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=0.9)
config = {"lr": learning_rate, "batch_size": batch_size, "epochs": epochs}
monitor = Monitor(opt.out, model, optimizer, config, activations=True, judge=False)


def hits(probability, target):
    return ((probability > 0.5).float() == target).float().mean().item()


for epoch in range(1, epochs + 1):
    for x, y in train_loader:
        optimizer.zero_grad()
        p = model(x)
        loss = bce(p, y)
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=hits(p, y))
    with torch.no_grad():
        p = model(x_test)
        monitor.evaluate(loss=bce(p, y_test).item(), accuracy=hits(p, y_test))
    print(f"epoch {epoch:2d}  test accuracy {hits(p, y_test):.3f}")

monitor.close()
print(f"score: {hits(p, y_test):.4f}")
