"""Classify six hand gestures from glove sensors with a deep network."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

CONFIG = {"lr": 1e-3, "batch_size": 64, "epochs": 12, "depth": 9, "hidden": 64, "classes": 6}


def glove_data(n, classes):
    centres = torch.randn(classes, 24)
    y = torch.randint(0, classes, (n,))
    x = centres[y] + 0.9 * torch.randn(n, 24)
    x = (x - x.mean(0)) / x.std(0)
    return x, y


def build_model(inputs, hidden, depth, classes):
    sizes = [inputs] + [hidden] * depth
    layers = []
    for fan_in, fan_out in zip(sizes[:-1], sizes[1:], strict=True):
        layers.append(nn.Linear(fan_in, fan_out))
        layers.append(nn.Sigmoid())
    layers.append(nn.Linear(hidden, classes))
    return nn.Sequential(*layers)


@torch.no_grad()
def accuracy_of(model, loader):
    model.eval()
    correct, total, loss = 0, 0, 0.0
    for x, y in loader:
        logits = model(x)
        loss += nn.functional.cross_entropy(logits, y, reduction="sum").item()
        correct += (logits.argmax(-1) == y).sum().item()
        total += len(y)
    model.train()
    return loss / total, correct / total


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--out", required=True)
    p.add_argument("--seed", type=int, default=0)
    args = p.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = glove_data(3000, CONFIG["classes"])
    train = DataLoader(
        TensorDataset(x[:2400], y[:2400]), batch_size=CONFIG["batch_size"], shuffle=True
    )
    test = DataLoader(TensorDataset(x[2400:], y[2400:]), batch_size=200)

    model = build_model(24, CONFIG["hidden"], CONFIG["depth"], CONFIG["classes"])
    optimizer = torch.optim.Adam(model.parameters(), lr=CONFIG["lr"])
    monitor = Monitor(args.out, model, optimizer, CONFIG, activations=True, judge=False)

    for epoch in range(CONFIG["epochs"]):
        for xb, yb in train:
            logits = model(xb)
            loss = nn.functional.cross_entropy(logits, yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(-1) == yb).float().mean().item())
        val_loss, val_acc = accuracy_of(model, test)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(epoch, round(val_loss, 4), round(val_acc, 4))

    monitor.close()
    print(f"score: {accuracy_of(model, test)[1]:.4f}")


if __name__ == "__main__":
    main()
