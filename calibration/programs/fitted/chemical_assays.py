"""Active or not: compounds by descriptors, of which many are irrelevant."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


class AssayNet(nn.Module):
    def __init__(self, descriptors, hidden=200, p=0.6):
        super().__init__()
        self.drop_in = nn.Dropout(0.3)
        self.fc1 = nn.Linear(descriptors, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 2)
        self.drop = nn.Dropout(p)

    def forward(self, x):
        x = self.drop(F.relu(self.fc1(self.drop_in(x))))
        x = self.drop(F.relu(self.fc2(x)))
        return self.out(x)


def compounds(n, direction):
    x = torch.randn(n, len(direction))
    y = (x @ direction + 0.5 * torch.randn(n) > 0).long()
    return x, y


def validate(model, loader):
    model.eval()
    loss, right, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            logits = model(x)
            loss += F.cross_entropy(logits, y, reduction="sum").item()
            right += (logits.argmax(1) == y).sum().item()
            n += len(y)
    return loss / n, right / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=25)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    direction = torch.zeros(100)
    direction[:10] = torch.randn(10).sign() / 10**0.5
    train_loader = DataLoader(TensorDataset(*compounds(500, direction)), 25, shuffle=True)
    val_loader = DataLoader(TensorDataset(*compounds(1500, direction)), 250)

    model = AssayNet(100)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    config = {"lr": 1e-3, "batch_size": 25, "epochs": args.epochs, "dropout": 0.6}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    model.train()
    for epoch in range(args.epochs):
        for x, y in train_loader:
            logits = model(x)
            loss = F.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())
        val_loss, val_acc = validate(model, val_loader)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"epoch {epoch + 1}: val loss {val_loss:.3f} acc {val_acc:.3f}")

    monitor.close()
    print(f"score: {-val_loss:.4f}")


if __name__ == "__main__":
    main()
