import argparse

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from neural_trainer.live.monitor import Monitor

N_SIGNS = 5
MEAN = np.array([120.0, 105.0, 95.0], dtype=np.float32)
STD = np.array([52.0, 48.0, 50.0], dtype=np.float32)


def render_sign(kind, rng):
    image = rng.normal([110, 100, 90], 35, size=(12, 12, 3))
    colour = [(220, 40, 40), (40, 60, 210), (230, 220, 60), (220, 40, 40), (40, 60, 210)][kind]
    r, c = rng.integers(2, 5, 2)
    if kind < 3:
        image[r : r + 5, c : c + 5] = 0.5 * image[r : r + 5, c : c + 5] + 0.5 * np.array(colour)
    else:
        for i in range(6):
            image[r + i, c : c + i + 1] = 0.5 * image[r + i, c : c + i + 1] + 0.5 * np.array(colour)
    return image.clip(0, 255).astype(np.uint8)


def normalise(image):
    return (image.astype(np.float32) - MEAN) / STD


def to_float(image):
    return image.astype(np.float32) / 255.0


class Signs(Dataset):
    def __init__(self, n, rng, transform):
        self.labels = rng.integers(0, N_SIGNS, n)
        self.images = [render_sign(k, rng) for k in self.labels]
        self.transform = transform

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        image = self.transform(self.images[i])
        return torch.from_numpy(image).permute(2, 0, 1), int(self.labels[i])


class SignNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 24, 3)
        )
        self.fc = nn.Linear(24 * 16, N_SIGNS)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).flatten(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)
    train_loader = DataLoader(Signs(1800, rng, normalise), batch_size=48, shuffle=True)
    val_loader = DataLoader(Signs(400, rng, to_float), batch_size=100)

    model = SignNet()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    monitor = Monitor(
        args.out, model, optimizer, {"lr": 1e-3, "batch_size": 48}, activations=True, judge=False
    )
    for _ in range(8):
        model.train()
        for images, labels in train_loader:
            logits = model(images)
            loss = loss_fn(logits, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == labels).float().mean().item())
        model.eval()
        losses, hits = [], []
        with torch.no_grad():
            for images, labels in val_loader:
                logits = model(images)
                losses.append(loss_fn(logits, labels).item())
                hits.append((logits.argmax(1) == labels).float().mean().item())
        monitor.evaluate(loss=float(np.mean(losses)), accuracy=float(np.mean(hits)))
    monitor.close()
    print(f"score: {np.mean(hits):.4f}")


if __name__ == "__main__":
    main()
