"""Detect movement in the last frame of a sliding window of a motion sensor."""

import argparse

import torch
from torch import nn

from neural_trainer.live.monitor import Monitor

WINDOW = 8


def recording(frames):
    signal = torch.randn(frames, 3)
    change = (signal[1:] * torch.tensor([1.0, -0.8, 0.6])).sum(1) + 0.5 * signal[:-1, 0]
    moving = torch.cat([torch.zeros(1), (change + 0.2 * torch.randn(frames - 1) > 0).float()])
    return signal, moving


class MotionWindows(torch.utils.data.Dataset):
    def __init__(self, signal, moving):
        self.signal = signal
        self.moving = moving

    def __len__(self):
        return len(self.signal) - WINDOW

    def __getitem__(self, i):
        return self.signal[i : i + WINDOW].T, self.moving[i + WINDOW]


def build():
    return nn.Sequential(
        nn.Conv1d(3, 16, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Conv1d(16, 16, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * WINDOW, 1),
    )


def evaluate(model, loader, loss_fn):
    model.eval()
    loss, right, n = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            out = model(x).squeeze(1)
            loss += loss_fn(out, y).item() * len(y)
            right += ((out > 0) == (y > 0.5)).sum().item()
            n += len(y)
    model.train()
    return loss / n, right / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    config = {"lr": 1e-3, "batch_size": 64, "epochs": 8, "window": WINDOW}
    signal, moving = recording(5000)
    train = MotionWindows(signal[:4000], moving[:4000])
    test = MotionWindows(signal[4000:], moving[4000:])
    train_loader = torch.utils.data.DataLoader(train, config["batch_size"], shuffle=True)
    test_loader = torch.utils.data.DataLoader(test, 200)
    model = build()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=config["lr"])
    loss_fn = nn.BCEWithLogitsLoss()
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

    for epoch in range(config["epochs"]):
        for x, y in train_loader:
            out = model(x).squeeze(1)
            loss = loss_fn(out, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            accuracy = ((out > 0) == (y > 0.5)).float().mean().item()
            monitor.step(loss, accuracy=accuracy)
        val_loss, val_acc = evaluate(model, test_loader, loss_fn)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"epoch {epoch}: loss {val_loss:.3f} accuracy {val_acc:.3f}")

    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    main()
