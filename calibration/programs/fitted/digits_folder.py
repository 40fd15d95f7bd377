"""Handwritten digits from a folder with one directory per class."""

import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn
from torch.utils.data import DataLoader, Dataset

from neural_trainer.live.monitor import Monitor


class FolderDigits(Dataset):
    """The same layout as an image folder."""

    def __init__(self, images, labels):
        self.samples = []
        for label in range(10):
            for image in images[labels == label]:
                self.samples.append((torch.tensor(image / 16.0, dtype=torch.float32), label))

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        image, label = self.samples[i]
        return image.unsqueeze(0), label


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1)
        self.conv2 = nn.Conv2d(12, 24, 3, stride=2, padding=1)
        self.fc = nn.Linear(24 * 4 * 4, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.relu(self.conv2(x))
        return self.fc(x.flatten(1))


def accuracy(model, loader):
    correct = total = 0
    loss = 0.0
    with torch.no_grad():
        for x, y in loader:
            logits = model(x)
            loss += F.cross_entropy(logits, y, reduction="sum").item()
            correct += (logits.argmax(1) == y).sum().item()
            total += y.numel()
    return loss / total, correct / total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lr", type=float, default=0.02)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--epochs", type=int, default=8)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    digits = load_digits()
    chosen = torch.randperm(len(digits.target)).numpy()
    fit, held = chosen[:1440], chosen[1440:]
    train_set = FolderDigits(digits.images[fit], digits.target[fit])
    test_set = FolderDigits(digits.images[held], digits.target[held])
    train_loader = DataLoader(train_set, batch_size=args.batch_size)
    test_loader = DataLoader(test_set, batch_size=120)

    model = ConvNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    config = {"lr": args.lr, "batch_size": args.batch_size, "epochs": args.epochs}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(args.epochs):
        for x, y in train_loader:
            logits = model(x)
            loss = F.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())
        val_loss, val_accuracy = accuracy(model, test_loader)
        monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
        print(f"epoch {epoch}: {val_loss:.3f} {val_accuracy:.3f}")
    monitor.close()
    print(f"score: {val_accuracy:.4f}")


if __name__ == "__main__":
    main()
