"""Extend a digit classifier from the digits 0-4 to all ten digits."""

import argparse

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset


def load():
    x, y = load_digits(return_X_y=True)
    x, y = torch.tensor(x / 8.0 - 0.6, dtype=torch.float32), torch.tensor(y)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    return x[order[:1300]], y[order[:1300]], x[order[1300:]], y[order[1300:]]


def make_net():
    return nn.Sequential(nn.Linear(64, 100), nn.ReLU(), nn.Linear(100, 10))


def accuracy(logits, labels):
    return (logits.argmax(1) == labels).float().mean().item()


class Learner:
    def __init__(self, out, lr=2e-3, batch_size=32):
        self.net = make_net()
        self.batch_size = batch_size
        self.loss = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=lr)
        config = {"lr": lr, "batch_size": batch_size, "phases": 2}
        self.monitor = Monitor(out, self.net, self.optimizer, config, activations=True, judge=False)

    def fit(self, dataset, epochs, x_test, y_test):
        loader = DataLoader(dataset, batch_size=self.batch_size, shuffle=True)
        old = y_test < 5
        for _ in range(epochs):
            for x, y in loader:
                logits = self.net(x)
                loss = self.loss(logits, y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.monitor.step(loss, accuracy=accuracy(logits, y))
            logits = self.predict(x_test)
            self.monitor.evaluate(
                loss=self.loss(logits[old], y_test[old]).item(),
                accuracy=accuracy(logits[old], y_test[old]),
            )
        return self

    @torch.no_grad()
    def predict(self, x):
        return self.net(x)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    x_train, y_train, x_test, y_test = load()
    first = TensorDataset(x_train[y_train < 5], y_train[y_train < 5])
    second = TensorDataset(x_train[y_train >= 5], y_train[y_train >= 5])

    learner = Learner(args.out)
    learner.fit(first, 10, x_test, y_test)
    print(f"all digits after phase one: {accuracy(learner.predict(x_test), y_test):.3f}")
    learner.fit(ConcatDataset([second]), 10, x_test, y_test)
    learner.monitor.close()
    print(f"score: {accuracy(learner.predict(x_test), y_test):.4f}")


if __name__ == "__main__":
    main()
