"""Digits with a batch-normalised CNN."""

import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from neural_trainer.live.monitor import Monitor


def conv_block(cin, cout):
    return nn.Sequential(
        nn.Conv2d(cin, cout, 3, padding=1, bias=False),
        nn.BatchNorm2d(cout),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
    )


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.block1 = conv_block(1, 8)
        self.block2 = conv_block(8, 16)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(torch.flatten(self.block2(self.block1(x)), 1))


def train(model, x, y, optimizer, scheduler, batch_size, monitor):
    model.train()
    for rows in torch.randperm(len(x)).split(batch_size):
        logits = model(x[rows])
        loss = F.cross_entropy(logits, y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == y[rows]).float().mean().item())


@torch.inference_mode()
def evaluate(model, x, y, batch_size=20):
    loss, correct = 0.0, 0
    for start in range(0, len(x), batch_size):
        xb, yb = x[start : start + batch_size], y[start : start + batch_size]
        logits = model(xb)
        loss += F.cross_entropy(logits, yb, reduction="sum").item()
        correct += (logits.argmax(1) == yb).sum().item()
    return loss / len(x), correct / len(x)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    data = load_digits()
    images = torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) / 16
    target = torch.tensor(data.target)
    fit, held = train_test_split(
        range(len(target)), test_size=400, stratify=target, random_state=args.seed
    )
    held = sorted(held, key=lambda i: int(target[i]))
    x, y, x_test, y_test = images[fit], target[fit], images[held], target[held]

    epochs, batch_size, lr = 12, 48, 0.05
    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9, nesterov=True)
    total = epochs * -(-len(x) // batch_size)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
    config = {"lr": lr, "batch_size": batch_size, "epochs": epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(epochs):
        train(model, x, y, optimizer, scheduler, batch_size, monitor)
        val_loss, val_acc = evaluate(model, x_test, y_test)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"epoch {epoch:2d}  loss {val_loss:.3f}  accuracy {val_acc:.3f}")
    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    main()
