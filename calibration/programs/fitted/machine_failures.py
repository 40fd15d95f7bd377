"""Machine failures from sensor statistics, with the rare failures resampled."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import resample
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


def sensor_table(n, rng):
    x = rng.normal(size=(n, 16))
    score = x[:, 0] + 0.7 * x[:, 1] * x[:, 2] + rng.normal(0, 1.6, n)
    return x, (score > np.quantile(score, 0.9)).astype(np.int64)


def balance(x, y, seed):
    failures, normal = x[y == 1], x[y == 0]
    more = resample(failures, replace=True, n_samples=len(normal), random_state=seed)
    x = np.concatenate([normal, more])
    y = np.concatenate([np.zeros(len(normal), np.int64), np.ones(len(more), np.int64)])
    return x, y


class FailureNet(nn.Module):
    def __init__(self, features, hidden=128):
        super().__init__()
        self.fc1 = nn.Linear(features, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, 2)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def evaluate(model, x, y):
    with torch.no_grad():
        logits = model(x)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = sensor_table(1500, np.random.default_rng(args.seed))
    x, y = balance(x, y, args.seed)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.25, stratify=y, random_state=args.seed
    )
    scaler = StandardScaler().fit(x_train)
    x_train = torch.tensor(scaler.transform(x_train), dtype=torch.float32)
    x_test = torch.tensor(scaler.transform(x_test), dtype=torch.float32)
    y_train, y_test = torch.tensor(y_train), torch.tensor(y_test)

    config = {"lr": 1e-3, "batch_size": 64, "epochs": 14, "num_classes": 2}
    model = FailureNet(16)
    optimizer = torch.optim.Adam(model.parameters(), lr=config["lr"])
    loader = DataLoader(TensorDataset(x_train, y_train), config["batch_size"], shuffle=True)
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        for xb, yb in loader:
            logits = model(xb)
            loss = F.cross_entropy(logits, yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == yb).float().mean().item())
        val_loss, val_acc = evaluate(model, x_test, y_test)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"epoch {epoch + 1}: loss {val_loss:.3f} accuracy {val_acc:.3f}")
    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    main()
