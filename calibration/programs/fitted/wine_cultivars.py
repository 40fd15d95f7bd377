"""Tell three wine cultivars apart by their chemistry."""

import argparse

import torch
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn

from neural_trainer.live.monitor import Monitor


class WineClassifier:
    def __init__(self, out, lr=0.01, batch_size=16, epochs=40):
        self.model = nn.Sequential(nn.Linear(13, 32), nn.ReLU(), nn.Linear(32, 3))
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr, momentum=0.9)
        self.loss = nn.CrossEntropyLoss()
        self.batch_size = batch_size
        self.epochs = epochs
        config = {"lr": lr, "batch_size": batch_size, "epochs": epochs, "momentum": 0.9}
        self.monitor = Monitor(
            out, self.model, self.optimizer, config, activations=True, judge=False
        )

    def fit(self, x, y, x_val, y_val):
        for _ in range(self.epochs):
            order = torch.randperm(len(x))
            for start in range(0, len(x), self.batch_size):
                batch = order[start : start + self.batch_size]
                self._step(x[batch], y[batch])
            self.validate(x_val, y_val)
        self.monitor.close()
        return self

    def _step(self, x, y):
        self.optimizer.zero_grad()
        logits = self.model(x)
        loss = self.loss(logits, y)
        loss.backward()
        self.optimizer.step()
        self.monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())

    @torch.no_grad()
    def validate(self, x, y):
        logits = self.model(x)
        self.monitor.evaluate(loss=self.loss(logits, y).item(), accuracy=self.score(x, y))

    @torch.no_grad()
    def score(self, x, y):
        return (self.model(x).argmax(1) == y).float().mean().item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    data = load_wine()
    train_rows, test_rows, y_train, y_test = train_test_split(
        data.data, data.target, test_size=0.3, stratify=data.target, random_state=args.seed
    )
    scaler = StandardScaler().fit(train_rows)
    print("feature means:", scaler.mean_.round(1))
    x_train = torch.tensor(train_rows, dtype=torch.float32)
    x_test = torch.tensor(test_rows, dtype=torch.float32)
    y_train = torch.tensor(y_train)
    y_test = torch.tensor(y_test)

    classifier = WineClassifier(args.out).fit(x_train, y_train, x_test, y_test)
    print(f"score: {classifier.score(x_test, y_test):.4f}")


if __name__ == "__main__":
    main()
