"""Handwritten digits with a small MLP."""

import argparse

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--lr", type=float, default=1e-3)
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--epochs", type=int, default=18)
args = parser.parse_args()

torch.manual_seed(args.seed)
torch.set_num_threads(1)

images, labels = load_digits(return_X_y=True)
images = (images / 16.0 - 0.5) / 0.5
x_train, x_test, y_train, y_test = train_test_split(
    images, labels, test_size=0.25, stratify=labels, random_state=args.seed
)
x_train = torch.tensor(x_train, dtype=torch.float32)
x_test = torch.tensor(x_test, dtype=torch.float32)
y_train = torch.tensor(y_train)
y_test = torch.tensor(y_test)


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.constant_(m.weight, 0.05)
        nn.init.zeros_(m.bias)


model = nn.Sequential(
    nn.Linear(64, 96),
    nn.ReLU(),
    nn.Linear(96, 96),
    nn.ReLU(),
    nn.Linear(96, 10),
)
model.apply(init_weights)

loader = DataLoader(TensorDataset(x_train, y_train), batch_size=args.batch_size, shuffle=True)
optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
criterion = nn.CrossEntropyLoss()
config = {"lr": args.lr, "batch_size": args.batch_size, "epochs": args.epochs, "num_classes": 10}
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)


def evaluate():
    model.eval()
    with torch.no_grad():
        logits = model(x_test)
        loss = criterion(logits, y_test).item()
        accuracy = (logits.argmax(1) == y_test).float().mean().item()
    model.train()
    return loss, accuracy


for epoch in range(args.epochs):
    for xb, yb in loader:
        optimizer.zero_grad()
        logits = model(xb)
        loss = criterion(logits, yb)
        loss.backward()
        optimizer.step()
        accuracy = (logits.argmax(1) == yb).float().mean().item()
        monitor.step(loss, accuracy=accuracy)
    val_loss, val_accuracy = evaluate()
    monitor.evaluate(loss=val_loss, accuracy=val_accuracy)
    print(f"epoch {epoch + 1}: val loss {val_loss:.4f}, val accuracy {val_accuracy:.3f}")

monitor.close()
print(f"score: {evaluate()[1]:.4f}")
