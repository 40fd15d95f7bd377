"""Classify 8x8 handwritten digits with a small convolutional network."""

import argparse

import torch
import torch.nn as nn
from neural_trainer.live.monitor import Monitor
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()

torch.manual_seed(args.seed)
torch.set_num_threads(1)

EPOCHS = 14
BATCH_SIZE = 64
LEARNING_RATE = 0.4

digits = load_digits()
images = torch.tensor(digits.images, dtype=torch.float32).unsqueeze(1) / 16.0 - 0.3
labels = torch.tensor(digits.target)
x_train, x_test, y_train, y_test = train_test_split(
    images, labels, test_size=0.25, random_state=0, stratify=labels
)
train_loader = DataLoader(TensorDataset(x_train, y_train), batch_size=BATCH_SIZE, shuffle=True)

model = nn.Sequential(
    nn.Conv2d(1, 16, 3, padding=1),
    nn.GELU(),
    nn.Conv2d(16, 32, 3, stride=2, padding=1),
    nn.GELU(),
    nn.Flatten(),
    nn.Linear(32 * 4 * 4, 64),
    nn.GELU(),
    nn.Linear(64, 10),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, momentum=0.9)

config = {"lr": LEARNING_RATE, "batch_size": BATCH_SIZE, "epochs": EPOCHS, "momentum": 0.9}
monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)

for epoch in range(EPOCHS):
    model.train()
    for inputs, targets in train_loader:
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        accuracy = (outputs.argmax(1) == targets).float().mean().item()
        monitor.step(loss, accuracy=accuracy)

    model.eval()
    with torch.no_grad():
        outputs = model(x_test)
        test_loss = criterion(outputs, y_test).item()
        test_accuracy = (outputs.argmax(1) == y_test).float().mean().item()
    monitor.evaluate(loss=test_loss, accuracy=test_accuracy)
    print(f"epoch {epoch + 1}: loss {test_loss:.3f} accuracy {test_accuracy:.3f}")

monitor.close()
print(f"score: {test_accuracy:.4f}")
