import argparse

import numpy as np
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

FEATURES = 16


def applications(n, rng):
    x = rng.normal(size=(n, FEATURES))
    score = 1.1 * x[:, 0] - 0.9 * x[:, 1] + 0.7 * x[:, 2] * x[:, 3] + 1.2 * rng.normal(size=n)
    default = (score > 2.0).astype(np.int64)
    return x.astype(np.float32), default


def balance(x, y, rng):
    """Draw defaulted loans again until both classes are as common."""
    minority = np.flatnonzero(y == 1)
    extra = rng.choice(minority, size=(y == 0).sum() - len(minority))
    keep = np.concatenate([np.arange(len(y)), extra])
    return x[keep], y[keep]


class LoanNet(nn.Module):
    def __init__(self, width=256):
        super().__init__()
        self.stack = nn.Sequential(
            nn.Linear(FEATURES, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        )
        self.out = nn.Linear(width, 2)

    def forward(self, x):
        return self.out(self.stack(x))


def accuracy(out, y):
    return (out.argmax(1) == y).float().mean().item()


def run(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    x, y = applications(1600, rng)
    x, y = balance(x, y, rng)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.25, random_state=args.seed, stratify=y
    )
    loader = DataLoader(
        TensorDataset(torch.from_numpy(x_train), torch.from_numpy(y_train)),
        batch_size=args.batch_size,
        shuffle=True,
    )
    x_test, y_test = torch.from_numpy(x_test), torch.from_numpy(y_test)

    model = LoanNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    config = {"lr": args.lr, "batch_size": args.batch_size, "epochs": args.epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(args.epochs):
        model.train()
        for xb, yb in loader:
            out = model(xb)
            loss = criterion(out, yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=accuracy(out, yb))
        model.eval()
        with torch.no_grad():
            out = model(x_test)
        monitor.evaluate(loss=criterion(out, y_test).item(), accuracy=accuracy(out, y_test))
    monitor.close()
    caught = (out.argmax(1)[y_test == 1] == 1).float().mean().item()
    print(f"accuracy {accuracy(out, y_test):.3f}, defaults caught {caught:.3f}")
    print(f"score: {caught:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=14)
    run(parser.parse_args())
