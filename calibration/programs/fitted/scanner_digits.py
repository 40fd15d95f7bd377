"""A digit reader that is carried over to a second scanner."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, TensorDataset


def first_scanner(images):
    return images


def second_scanner(images):
    return 1 - torch.rot90(images, 1, dims=(2, 3))


class Reader(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, stride=2), nn.ReLU()
        )
        self.classifier = nn.Linear(16 * 9, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def train(model, optimizer, dataset, epochs, monitor, held):
    loader = DataLoader(dataset, batch_size=48, shuffle=True)
    for _ in range(epochs):
        model.train()
        for x, y in loader:
            logits = model(x)
            loss = nn.functional.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())
        loss, accuracy = test(model, held)
        monitor.evaluate(loss=loss, accuracy=accuracy)


@torch.no_grad()
def test(model, datasets):
    model.eval()
    losses, hits = [], []
    for x, y in (dataset.tensors for dataset in datasets):
        logits = model(x)
        losses.append(nn.functional.cross_entropy(logits, y).item())
        hits.append((logits.argmax(1) == y).float().mean().item())
    return sum(losses) / len(losses), sum(hits) / len(hits)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    digits = load_digits()
    x = torch.tensor(digits.images / 16, dtype=torch.float32).unsqueeze(1)
    y = torch.tensor(digits.target)
    order = torch.randperm(len(x))
    x, y = x[order], y[order]
    old = TensorDataset(first_scanner(x[:700]), y[:700])
    new = TensorDataset(second_scanner(x[700:1400]), y[700:1400])
    old_test = TensorDataset(first_scanner(x[1400:]), y[1400:])
    new_test = TensorDataset(second_scanner(x[1400:]), y[1400:])

    model = Reader()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    config = {"lr": 2e-3, "batch_size": 48, "epochs": 20}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    train(model, optimizer, ConcatDataset([old]), 10, monitor, [old_test])
    train(model, optimizer, ConcatDataset([new]), 10, monitor, [old_test, new_test])
    monitor.close()
    print(f"score: {test(model, [old_test, new_test])[1]:.4f}")


if __name__ == "__main__":
    main()
