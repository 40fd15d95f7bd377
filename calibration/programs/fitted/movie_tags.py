"""Assign any of six tags to a film from its feature vector."""

import argparse

import torch
from sklearn.metrics import f1_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

TAGS = ["comedy", "drama", "action", "horror", "family", "music"]


class TagModel(nn.Module):
    def __init__(self, features, tags):
        super().__init__()
        self.hidden1 = nn.Linear(features, 64)
        self.hidden2 = nn.Linear(64, 64)
        self.output = nn.Linear(64, tags)
        self.act = nn.GELU()

    def forward(self, x):
        x = self.act(self.hidden1(x))
        x = self.act(self.hidden2(x))
        return torch.sigmoid(self.output(x))


def films(n):
    x = torch.randn(n, 30)
    mixing = torch.randn(30, len(TAGS)) / 30**0.5
    y = (2.0 * x @ mixing + 0.3 * torch.randn(n, len(TAGS)) > 1.2).float()
    return x, y


def predict(model, x):
    model.eval()
    with torch.no_grad():
        tags = (torch.sigmoid(model(x)) > 0.5).int()
    model.train()
    return tags


def main():
    parser = argparse.ArgumentParser(description="multi-label tagging")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=2e-3)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = films(4000)
    x_train, y_train, x_test, y_test = x[:3200], y[:3200], x[3200:], y[3200:]
    loader = DataLoader(TensorDataset(x_train, y_train), batch_size=64, shuffle=True)
    model = TagModel(30, len(TAGS))
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    criterion = nn.BCEWithLogitsLoss()
    config = {"lr": args.lr, "batch_size": 64, "epochs": args.epochs, "tags": len(TAGS)}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for epoch in range(args.epochs):
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            monitor.step(loss)
        with torch.no_grad():
            val_loss = criterion(model(x_test), y_test).item()
        f1 = f1_score(y_test.int().numpy(), predict(model, x_test).numpy(), average="macro")
        monitor.evaluate(loss=val_loss)
        print(f"epoch {epoch}: val loss {val_loss:.4f}, macro F1 {f1:.3f}")

    monitor.close()
    print(f"score: {f1:.4f}")


if __name__ == "__main__":
    main()
