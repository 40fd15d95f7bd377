import argparse

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_diabetes
from sklearn.metrics import r2_score
from torch import nn


class ProgressionRegressor:
    """A two-layer network with a scikit-learn like interface."""

    def __init__(self, n_features, out, hidden=48, lr=1e-5, batch_size=32, epochs=40):
        self.net = nn.Sequential(
            nn.Linear(n_features, hidden),
            nn.SiLU(),
            nn.Linear(hidden, hidden),
            nn.SiLU(),
            nn.Linear(hidden, 1),
        )
        self.batch_size = batch_size
        self.epochs = epochs
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.monitor = Monitor(
            out,
            self.net,
            self.optimizer,
            {"lr": lr, "batch_size": batch_size, "epochs": epochs, "hidden": hidden},
            activations=True,
            judge=False,
        )

    def fit(self, x, y, x_val, y_val):
        for _ in range(self.epochs):
            self.net.train()
            order = torch.randperm(len(x))
            for start in range(0, len(x), self.batch_size):
                rows = order[start : start + self.batch_size]
                loss = nn.functional.mse_loss(self.net(x[rows]).squeeze(1), y[rows])
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                self.monitor.step(loss)
            val = self.predict(x_val)
            self.monitor.evaluate(loss=float(np.mean((val - y_val.numpy()) ** 2)))
        self.monitor.close()
        return self

    @torch.no_grad()
    def predict(self, x):
        self.net.eval()
        return self.net(x).squeeze(1).numpy()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = load_diabetes(return_X_y=True)
    order = np.random.RandomState(3).permutation(len(x))
    train, test = order[:340], order[340:]
    x_mean, x_std = x[train].mean(0), x[train].std(0)
    y_mean, y_std = y[train].mean(), y[train].std()
    x = torch.tensor((x - x_mean) / x_std, dtype=torch.float32)
    y = torch.tensor((y - y_mean) / y_std, dtype=torch.float32)

    model = ProgressionRegressor(x.shape[1], args.out)
    model.fit(x[train], y[train], x[test], y[test])
    print(f"score: {r2_score(y[test].numpy(), model.predict(x[test])):.4f}")


if __name__ == "__main__":
    main()
