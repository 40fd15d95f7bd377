"""Name the mineral behind a noisy one-dimensional spectrum."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CHANNELS, MINERALS = 64, 6


def spectra(n, lines):
    axis = torch.arange(CHANNELS, dtype=torch.float32)
    label = torch.randint(MINERALS, (n,))
    centre = lines[label] + torch.randn(n, 3)
    height = 0.5 + torch.rand(n, 3)
    peaks = height[..., None] * torch.exp(-0.5 * ((axis - centre[..., None]) / 1.8) ** 2)
    signal = peaks.sum(1) + 0.35 * torch.randn(n, CHANNELS)
    return signal.unsqueeze(1), label


def make_model():
    return nn.Sequential(
        nn.Conv1d(1, 16, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(16, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool1d(4),
        nn.Flatten(),
        nn.Linear(256, MINERALS),
    )


def train_epoch(model, loader, optimizer, loss_fn, monitor):
    model.train()
    running = 0.0
    for signal, label in loader:
        output = model(signal)
        loss = loss_fn(output, label)
        loss.backward()
        optimizer.step()
        running += loss.item()
        monitor.step(loss, accuracy=(output.argmax(1) == label).float().mean().item())
    return running / len(loader)


def test(model, loader, loss_fn):
    model.eval()
    losses, hits = [], 0
    with torch.no_grad():
        for signal, label in loader:
            output = model(signal)
            losses.append(loss_fn(output, label).item())
            hits += (output.argmax(1) == label).sum().item()
    return sum(losses) / len(losses), hits / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--batch-size", type=int, default=40)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    lines = torch.rand(MINERALS, 3) * 54 + 5
    train_set = TensorDataset(*spectra(1600, lines))
    test_set = TensorDataset(*spectra(500, lines))
    train_loader = DataLoader(train_set, args.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, 250)

    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    loss_fn = nn.CrossEntropyLoss()
    config = {"lr": args.lr, "batch_size": args.batch_size, "epochs": args.epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(args.epochs):
        train_loss = train_epoch(model, train_loader, optimizer, loss_fn, monitor)
        test_loss, accuracy = test(model, test_loader, loss_fn)
        monitor.evaluate(loss=test_loss, accuracy=accuracy)
        print(f"{epoch}: train {train_loss:.3f} test {test_loss:.3f} accuracy {accuracy:.3f}")
    monitor.close()
    print(f"score: {accuracy:.4f}")


if __name__ == "__main__":
    main()
