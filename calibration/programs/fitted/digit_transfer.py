"""Pre-train on even against odd digits, then fine-tune on all ten classes."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from torch import nn


class Net(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 12), nn.ReLU(), nn.LayerNorm(12)
        )
        self.head = nn.Linear(12, classes)

    def forward(self, x):
        return self.head(self.body(x))


def batches(x, y, size):
    for rows in torch.randperm(len(x)).split(size):
        yield x[rows], y[rows]


def pretrain(model, x, y, epochs=12):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(epochs):
        for bx, by in batches(x, y % 2, 64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(bx), by).backward()
            optimizer.step()


def test(model, x, y):
    model.eval()
    with torch.no_grad():
        logits = model(x)
        loss = nn.functional.cross_entropy(logits, y).item()
        accuracy = (logits.argmax(1) == y).float().mean().item()
    model.train()
    return loss, accuracy


def main(out, seed):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    data = load_digits()
    x = torch.tensor(data.data / 16, dtype=torch.float32)
    y = torch.tensor(data.target)
    order = torch.randperm(len(x))
    x, y = x[order], y[order]
    pre_x, pre_y = x[:600], y[:600]
    train_x, train_y = x[600:1400], y[600:1400]
    test_x, test_y = x[1400:], y[1400:]

    model = Net(classes=2)
    pretrain(model, pre_x, pre_y)

    lr, batch_size, epochs = 5e-3, 32, 10
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    model.head = nn.Linear(model.head.in_features, 10)
    config = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "stage": "fine-tune"}
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)
    for _ in range(epochs):
        for bx, by in batches(train_x, train_y, batch_size):
            logits = model(bx)
            loss = nn.functional.cross_entropy(logits, by)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == by).float().mean().item())
        loss, accuracy = test(model, test_x, test_y)
        monitor.evaluate(loss=loss, accuracy=accuracy)
    monitor.close()
    print(f"score: {test(model, test_x, test_y)[1]:.4f}")


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--out", type=Path, required=True)
    cli.add_argument("--seed", type=int, default=0)
    main(**vars(cli.parse_args()))
