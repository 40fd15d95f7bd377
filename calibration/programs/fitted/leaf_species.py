"""Eight species of leaves; cross-entropy with smoothed labels."""

import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


class LeafClassifier:
    def __init__(self, species, out, lr=0.05, epochs=10, batch_size=64, smoothing=0.2):
        self.net = nn.Sequential(
            nn.Linear(32, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, species)
        )
        self.criterion = nn.CrossEntropyLoss(label_smoothing=smoothing)
        self.optimizer = torch.optim.SGD(
            self.net.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4
        )
        self.epochs, self.batch_size = epochs, batch_size
        config = {
            "lr": lr,
            "epochs": epochs,
            "batch_size": batch_size,
            "label_smoothing": smoothing,
            "num_classes": species,
        }
        self.monitor = Monitor(out, self.net, self.optimizer, config, activations=True, judge=False)

    def fit(self, x, y, x_val, y_val):
        loader = DataLoader(TensorDataset(x, y), batch_size=self.batch_size, shuffle=True)
        for epoch in range(self.epochs):
            self.net.train()
            for xb, yb in loader:
                logits = self.net(xb)
                loss = self.criterion(logits, yb)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                hit = (logits.argmax(1) == yb).float().mean().item()
                self.monitor.step(loss, accuracy=hit)
            val_loss, val_acc = self.evaluate(x_val, y_val)
            self.monitor.evaluate(loss=val_loss, accuracy=val_acc)
            print(f"epoch {epoch + 1}: {val_loss:.3f} {val_acc:.3f}")
        self.monitor.close()

    @torch.no_grad()
    def evaluate(self, x, y):
        self.net.eval()
        logits = self.net(x)
        return self.criterion(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def leaves(n, species=8):
    centres = torch.randn(species, 32)
    y = torch.randint(0, species, (n,))
    return centres[y] + 0.9 * torch.randn(n, 32), y


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = leaves(3500)
    classifier = LeafClassifier(8, args.out)
    classifier.fit(x[:2800], y[:2800], x[2800:], y[2800:])
    print(f"score: {classifier.evaluate(x[2800:], y[2800:])[1]:.4f}")


if __name__ == "__main__":
    main()
