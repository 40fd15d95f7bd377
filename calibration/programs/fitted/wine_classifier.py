"""Cultivar of a wine from its chemical analysis."""

import argparse
from pathlib import Path

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def load_data(batch_size):
    x, y = load_wine(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.3, random_state=1, stratify=y
    )
    scaler = StandardScaler().fit(x_train)
    train = TensorDataset(
        torch.from_numpy(scaler.transform(x_train).astype(np.float32)), torch.from_numpy(y_train)
    )
    test = TensorDataset(
        torch.from_numpy(scaler.transform(x_test).astype(np.float32)), torch.from_numpy(y_test)
    )
    return DataLoader(train, batch_size=batch_size, shuffle=True), DataLoader(test, batch_size=64)


def train_one_epoch(model, loader, criterion, optimizer, scheduler, monitor):
    model.train()
    for features, target in loader:
        optimizer.zero_grad()
        output = model(features)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(
            loss,
            accuracy=(output.argmax(1) == target).float().mean().item(),
        )


def validate(model, loader, criterion):
    model.eval()
    total, correct, seen = 0.0, 0, 0
    with torch.no_grad():
        for features, target in loader:
            output = model(features)
            total += criterion(output, target).item() * len(target)
            correct += (output.argmax(1) == target).sum().item()
            seen += len(target)
    return total / seen, correct / seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    config = {"lr": 0.01, "batch_size": 8, "epochs": 30, "step_size": 12, "gamma": 0.3}
    train_loader, test_loader = load_data(config["batch_size"])
    model = nn.Sequential(nn.Linear(13, 32), nn.Tanh(), nn.Dropout(0.1), nn.Linear(32, 3))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=config["lr"], momentum=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(
        optimizer, step_size=config["step_size"], gamma=config["gamma"]
    )
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        train_one_epoch(model, train_loader, criterion, optimizer, scheduler, monitor)
        val_loss, val_acc = validate(model, test_loader, criterion)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
    monitor.close()
    print(f"score: {val_acc:.4f}")
