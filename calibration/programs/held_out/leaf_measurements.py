"""Leaf species from fourteen shape measurements."""

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from neural_trainer.live.monitor import Monitor


def measure_leaves(n, rng, species=6):
    centres = rng.normal(0, 1.0, (species, 14))
    labels = np.repeat(np.arange(species), n // species)
    leaves = centres[labels] + rng.normal(0, 0.9, (len(labels), 14))
    return leaves.astype(np.float32), labels.astype(np.int64)


def split(x, y, rng, test_share=0.2):
    n_test = int(len(x) * test_share)
    x = x[rng.permutation(len(x))]
    y = y[rng.permutation(len(y))]
    return x[n_test:], y[n_test:], x[:n_test], y[:n_test]


class LeafNet(nn.Module):
    def __init__(self, features, species):
        super().__init__()
        self.norm = nn.BatchNorm1d(features)
        self.fc1 = nn.Linear(features, 64)
        self.fc2 = nn.Linear(64, species)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.fc2(self.drop(F.relu(self.fc1(self.norm(x)))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)

    leaves, species = measure_leaves(3000, rng)
    arrays = split(leaves, species, rng)
    x_train, y_train, x_test, y_test = (torch.from_numpy(a) for a in arrays)

    model = LeafNet(14, 6)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    config = {"lr": 2e-3, "batch_size": 64, "epochs": 12}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        model.train()
        for idx in torch.randperm(len(x_train)).split(config["batch_size"]):
            logits = model(x_train[idx])
            loss = F.cross_entropy(logits, y_train[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == y_train[idx]).float().mean().item())
        model.eval()
        with torch.no_grad():
            logits = model(x_test)
            acc = (logits.argmax(1) == y_test).float().mean().item()
            monitor.evaluate(loss=F.cross_entropy(logits, y_test).item(), accuracy=acc)
        print(f"epoch {epoch + 1}: accuracy {acc:.3f}")
    monitor.close()
    print(f"score: {acc:.4f}")


if __name__ == "__main__":
    main()
