"""Classify small textures that are kept in a compressed archive."""

import argparse
from pathlib import Path

import numpy as np
import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, Dataset


def write_archive(path, n, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 4, n)
    yy, xx = np.mgrid[0:24, 0:24]
    images = np.empty((n, 24, 24), dtype=np.float32)
    for i, label in enumerate(labels):
        direction = [xx, yy, xx + yy, xx - yy][label]
        images[i] = np.sin(direction * rng.uniform(0.6, 1.2) + rng.uniform(0, 6.28))
    images += rng.normal(0, 0.7, images.shape)
    np.savez_compressed(
        path, images=(images * 40 + 128).clip(0, 255).astype(np.uint8), labels=labels
    )


class Textures(Dataset):
    def __init__(self, path):
        self.path = path
        self.labels = np.load(path)["labels"]

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        image = np.load(self.path)["images"][index]
        image = torch.from_numpy(image).float().unsqueeze(0) / 128 - 1
        return image, int(self.labels[index])


def build_cnn():
    return nn.Sequential(
        nn.Conv2d(1, 12, 5, stride=2),
        nn.ReLU(),
        nn.Conv2d(12, 24, 3, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(24, 4),
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, n, seed in (("train", 500, 1), ("val", 120, 2)):
        write_archive(args.out / f"textures_{name}.npz", n, seed)

    train_loader = DataLoader(Textures(args.out / "textures_train.npz"), batch_size=8, shuffle=True)
    val_loader = DataLoader(Textures(args.out / "textures_val.npz"), batch_size=60)
    model = build_cnn()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    config = {"lr": 4e-3, "batch_size": 8, "epochs": 4}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for _ in range(config["epochs"]):
        for images, labels in train_loader:
            logits = model(images)
            loss = loss_fn(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == labels).float().mean().item())
        with torch.no_grad():
            parts = [(model(images), labels) for images, labels in val_loader]
        logits, labels = (torch.cat(p) for p in zip(*parts, strict=True))
        accuracy = (logits.argmax(1) == labels).float().mean().item()
        monitor.evaluate(loss=loss_fn(logits, labels).item(), accuracy=accuracy)
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
