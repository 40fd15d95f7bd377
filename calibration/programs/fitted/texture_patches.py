"""Four textures in small patches, with a learning rate that drops twice."""

import argparse
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

SIZE = 12


def patches(n):
    y = torch.randint(0, 4, (n,))
    yy, xx = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    angle = y[:, None, None] * math.pi / 4
    phase = 2 * math.pi * torch.rand(n, 1, 1)
    wave = torch.sin(1.2 * (xx * torch.cos(angle) + yy * torch.sin(angle)) + phase)
    return (wave + 1.1 * torch.randn(n, SIZE, SIZE)).unsqueeze(1), y


def make_model():
    return nn.Sequential(
        nn.Conv2d(1, 12, 5, stride=2, padding=2),
        nn.BatchNorm2d(12),
        nn.ReLU(),
        nn.Conv2d(12, 16, 3, stride=2, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(16 * 9, 4),
    )


def run_epoch(model, loader, criterion, optimizer=None, monitor=None):
    training = optimizer is not None
    model.train(training)
    loss_sum, hits, n = 0.0, 0, 0
    with torch.set_grad_enabled(training):
        for x, y in loader:
            logits = model(x)
            loss = criterion(logits, y)
            hit = (logits.argmax(1) == y).sum().item()
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                monitor.step(loss, accuracy=hit / len(y))
            loss_sum, hits, n = loss_sum + loss.item() * len(y), hits + hit, n + len(y)
    return loss_sum / n, hits / n


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    train_loader = DataLoader(TensorDataset(*patches(2400)), batch_size=64, shuffle=True)
    val_loader = DataLoader(TensorDataset(*patches(800)), batch_size=200)
    model, criterion = make_model(), nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.9, weight_decay=5e-4)
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[7, 11], gamma=0.1)
    config = {"lr": 0.2, "batch_size": 64, "epochs": 13, "milestones": [7, 11]}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        run_epoch(model, train_loader, criterion, optimizer, monitor)
        val_loss, val_acc = run_epoch(model, val_loader, criterion)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        scheduler.step()
        print(f"epoch {epoch + 1}: val {val_loss:.3f} accuracy {val_acc:.3f}")
    monitor.close()
    print(f"score: {val_acc:.4f}")


if __name__ == "__main__":
    main()
