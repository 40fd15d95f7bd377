"""Small convolutional network on the 8x8 digits of scikit-learn."""

import argparse
from pathlib import Path

import torch
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--out", type=Path, required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--lr", type=float, default=0.6)
parser.add_argument("--momentum", type=float, default=0.9)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--epochs", type=int, default=18)
args = parser.parse_args()

torch.manual_seed(args.seed)
torch.set_num_threads(1)

images, labels = load_digits(return_X_y=True)
images = torch.tensor(images / 16.0, dtype=torch.float32).reshape(-1, 1, 8, 8)
labels = torch.tensor(labels)
train_x, test_x, train_y, test_y = train_test_split(
    images, labels, test_size=0.2, random_state=0, stratify=labels
)
train_loader = DataLoader(
    TensorDataset(train_x, train_y), batch_size=args.batch_size, shuffle=True, drop_last=True
)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.GELU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1),
    nn.GELU(),
    nn.Flatten(),
    nn.Linear(32 * 16, 64),
    nn.GELU(),
    nn.Linear(64, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum, nesterov=True)
monitor = Monitor(
    args.out,
    model,
    optimizer,
    {"lr": args.lr, "momentum": args.momentum, "batch_size": args.batch_size},
    activations=True,
    judge=False,
)

for epoch in range(args.epochs):
    model.train()
    for x, y in train_loader:
        optimizer.zero_grad()
        logits = model(x)
        loss = criterion(logits, y)
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())

    model.eval()
    with torch.no_grad():
        logits = model(test_x)
        test_loss = criterion(logits, test_y).item()
        test_acc = (logits.argmax(1) == test_y).float().mean().item()
    monitor.evaluate(loss=test_loss, accuracy=test_acc)
    print(f"epoch {epoch + 1}: test loss {test_loss:.4f}, accuracy {test_acc:.4f}")

monitor.close()
print(f"score: {test_acc:.4f}")
