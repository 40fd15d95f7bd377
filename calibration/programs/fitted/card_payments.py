"""Flag fraudulent card payments."""

import argparse

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler
from torch import nn

from neural_trainer.live.monitor import Monitor


class FraudModel:
    """A two-layer network with fit and predict, as scikit-learn has them."""

    def __init__(self, out, lr=2e-3, batch_size=128, epochs=10):
        self.net = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 1))
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=lr)
        self.batch_size, self.epochs = batch_size, epochs
        config = {"lr": lr, "batch_size": batch_size, "epochs": epochs}
        self.monitor = Monitor(out, self.net, self.optimizer, config, activations=True, judge=False)

    def fit(self, x, y, x_val, y_val):
        self.loss = nn.BCEWithLogitsLoss()
        for _ in range(self.epochs):
            for idx in torch.randperm(len(y)).split(self.batch_size):
                self.optimizer.zero_grad()
                logits = self.net(x[idx]).squeeze(1)
                loss = self.loss(logits, y[idx])
                loss.backward()
                self.optimizer.step()
                accuracy = ((logits > 0).float() == y[idx]).float().mean().item()
                self.monitor.step(loss, accuracy=accuracy)
            with torch.no_grad():
                logits = self.net(x_val).squeeze(1)
                val_loss = self.loss(logits, y_val).item()
                val_accuracy = ((logits > 0).float() == y_val).float().mean().item()
            self.monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
            print(f"val loss {val_loss:.4f}  val accuracy {val_accuracy:.4f}")
        self.monitor.close()
        return self

    @torch.no_grad()
    def predict(self, x):
        return (self.net(x).squeeze(1) > 0).int().numpy()


def payments(n, rng):
    y = (rng.random(n) < 0.025).astype(np.float32)
    x = rng.normal(size=(n, 12))
    x[:, :4] += 0.85 * y[:, None]
    return x, y


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = payments(8000, np.random.default_rng(args.seed))
    scaler = StandardScaler().fit(x[:6000])
    x = torch.tensor(scaler.transform(x), dtype=torch.float32)
    y = torch.tensor(y)
    model = FraudModel(args.out).fit(x[:6000], y[:6000], x[6000:], y[6000:])
    recall_mean = balanced_accuracy_score(y[6000:].int().numpy(), model.predict(x[6000:]))
    print(f"score: {recall_mean:.4f}")


if __name__ == "__main__":
    main()
