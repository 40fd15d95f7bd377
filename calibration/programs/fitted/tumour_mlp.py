"""Benign or malignant: a small network that learns from two patients at a time."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
torch.manual_seed(args.seed)
torch.set_num_threads(1)

CONFIG = {"lr": 0.01, "batch_size": 2, "epochs": 4, "dropout": 0.2}

x, y = load_breast_cancer(return_X_y=True)
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=5, stratify=y)
scaler = StandardScaler()
x_train = torch.tensor(scaler.fit_transform(x_train), dtype=torch.float32)
x_test = torch.tensor(scaler.transform(x_test), dtype=torch.float32)
y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)
loader = DataLoader(
    TensorDataset(x_train, y_train), batch_size=CONFIG["batch_size"], shuffle=True, drop_last=True
)

net = nn.Sequential(nn.Linear(30, 24), nn.ReLU(), nn.Dropout(CONFIG["dropout"]), nn.Linear(24, 2))
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=CONFIG["lr"])
monitor = Monitor(args.out, net, optimizer, CONFIG, activations=True, judge=False)


def validate():
    net.eval()
    with torch.no_grad():
        logits = net(x_test)
        loss = criterion(logits, y_test).item()
        accuracy = (logits.argmax(1) == y_test).float().mean().item()
    net.train()
    return loss, accuracy


for epoch in range(CONFIG["epochs"]):
    net.train()
    for features, target in loader:
        logits = net(features)
        loss = criterion(logits, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == target).float().mean().item())
    val_loss, val_accuracy = validate()
    monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
    print(f"epoch {epoch}: {val_loss:.4f} {val_accuracy:.4f}")

monitor.close()
print(f"score: {val_accuracy:.4f}")
