"""A small convolutional network for 8x8 digits."""

import argparse

import torch
import torch.nn as nn
from sklearn import datasets
from torch.utils.data import DataLoader, TensorDataset, random_split

from neural_trainer.live.monitor import Monitor

LR = 0.02
BATCH = 64
EPOCHS = 10


class SmallCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(),
            nn.Linear(16 * 2 * 2, 10),
            nn.Softmax(dim=1),
        )

    def forward(self, x):
        return self.classifier(self.features(x))


def train_one_epoch(model, loader, loss_fn, optimizer, monitor):
    model.train()
    for images, labels in loader:
        outputs = model(images)
        loss = loss_fn(outputs, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        monitor.step(loss.item(), accuracy=(outputs.argmax(1) == labels).float().mean().item())


def test(model, loader, loss_fn):
    model.eval()
    loss, correct, seen = 0.0, 0, 0
    with torch.no_grad():
        for images, labels in loader:
            outputs = model(images)
            loss += loss_fn(outputs, labels).item() * len(labels)
            correct += (outputs.argmax(1) == labels).sum().item()
            seen += len(labels)
    return loss / seen, correct / seen


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    digits = datasets.load_digits()
    images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 8 - 1
    full = TensorDataset(images, torch.tensor(digits.target))
    train_set, test_set = random_split(full, [1437, 360])
    train_loader = DataLoader(train_set, batch_size=BATCH, shuffle=True)
    test_loader = DataLoader(test_set, batch_size=180)

    model = SmallCNN()
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=0.9)
    config = {"lr": LR, "batch_size": BATCH, "epochs": EPOCHS, "num_classes": 10}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(EPOCHS):
        train_one_epoch(model, train_loader, loss_fn, optimizer, monitor)
        val_loss, val_acc = test(model, test_loader, loss_fn)
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"Epoch {epoch + 1}: test loss {val_loss:.4f}, accuracy {100 * val_acc:.1f}%")
    monitor.close()
    print(f"score: {val_acc:.4f}")
