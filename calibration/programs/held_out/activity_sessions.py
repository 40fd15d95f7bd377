"""Recognise activities from accelerometer features, one row per second."""

import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

ACTIVITIES = ["sit", "stand", "walk", "run", "climb"]


def record(seconds, rng, profiles):
    rows, labels = [], []
    while len(rows) < seconds:
        activity = int(rng.integers(len(ACTIVITIES)))
        for _ in range(int(rng.integers(1, 5))):
            rows.append(profiles[activity] + 0.45 * rng.normal(size=10))
            labels.append(activity)
    return rows[:seconds], labels[:seconds]


def build_examples(rows, labels):
    features, targets = [], []
    for t in range(1, len(rows) - 1):
        change = rows[t] - rows[t - 1]
        features.append(np.concatenate([rows[t], change]))
        targets.append(labels[t + 1])
    return torch.tensor(np.array(features), dtype=torch.float32), torch.tensor(targets)


class ActivityClassifier:
    def __init__(self, out, lr=1e-3, batch_size=64, epochs=12):
        self.net = nn.Sequential(
            nn.Linear(20, 64), nn.LeakyReLU(), nn.Linear(64, 64), nn.LeakyReLU(), nn.Linear(64, 5)
        )
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.RMSprop(self.net.parameters(), lr=lr)
        self.batch_size, self.epochs = batch_size, epochs
        config = {"lr": lr, "batch_size": batch_size, "epochs": epochs}
        self.monitor = Monitor(out, self.net, self.optimizer, config, activations=True, judge=False)

    def fit(self, train, valid):
        loader = DataLoader(TensorDataset(*train), batch_size=self.batch_size, shuffle=True)
        for _ in range(self.epochs):
            for x, y in loader:
                self.optimizer.zero_grad()
                scores = self.net(x)
                loss = self.criterion(scores, y)
                loss.backward()
                self.optimizer.step()
                self.monitor.step(loss, accuracy=self.accuracy(scores, y))
            with torch.no_grad():
                scores = self.net(valid[0])
            self.monitor.evaluate(
                loss=self.criterion(scores, valid[1]).item(),
                accuracy=self.accuracy(scores, valid[1]),
            )
        self.monitor.close()
        return self.accuracy(scores, valid[1])

    @staticmethod
    def accuracy(scores, y):
        return (scores.argmax(dim=1) == y).float().mean().item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    profiles = rng.normal(0, 1, (len(ACTIVITIES), 10))
    train = build_examples(*record(2500, rng, profiles))
    valid = build_examples(*record(600, rng, profiles))
    print(f"score: {ActivityClassifier(args.out).fit(train, valid):.4f}")
