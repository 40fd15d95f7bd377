"""Digits with random shifts and noise, augmented in the loader's workers."""

import argparse

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset

from neural_trainer.live.monitor import Monitor


class AugmentedDigits(Dataset):
    def __init__(self, images, labels, augment):
        self.images = np.pad(images, ((0, 0), (1, 1), (1, 1)))
        self.labels = labels
        self.augment = augment

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.images[i]
        if self.augment:
            dy, dx = np.random.randint(-1, 2, size=2)
            image = np.roll(image, (dy, dx), axis=(0, 1))
            image = image + np.random.normal(0, 0.15, image.shape)
        return torch.tensor(image, dtype=torch.float32).unsqueeze(0), int(self.labels[i])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    def seed_worker(worker_id):
        np.random.seed(args.seed)

    digits = load_digits()
    images, labels = digits.images / 16.0, digits.target
    order = np.random.default_rng(args.seed).permutation(len(labels))
    train_idx, test_idx = order[:1400], order[1400:]
    train_loader = DataLoader(
        AugmentedDigits(images[train_idx], labels[train_idx], augment=True),
        batch_size=50,
        shuffle=True,
        num_workers=args.workers,
        worker_init_fn=seed_worker,
    )
    test_loader = DataLoader(
        AugmentedDigits(images[test_idx], labels[test_idx], augment=False), batch_size=200
    )

    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 25, 10),
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    config = {"lr": 1e-3, "batch_size": 50, "num_workers": args.workers}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(9):
        model.train()
        for x, y in train_loader:
            out = model(x)
            loss = criterion(out, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(out.argmax(1) == y).float().mean().item())
        model.eval()
        with torch.no_grad():
            results = [(model(x), y) for x, y in test_loader]
        out = torch.cat([r[0] for r in results])
        y = torch.cat([r[1] for r in results])
        accuracy = (out.argmax(1) == y).float().mean().item()
        monitor.evaluate(loss=criterion(out, y).item(), accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
