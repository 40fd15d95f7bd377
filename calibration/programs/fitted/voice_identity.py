"""Twelve speakers by voice features, regularised with dropout."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from neural_trainer.live.monitor import Monitor


class VoiceNet(nn.Module):
    def __init__(self, inputs, speakers, p):
        super().__init__()
        self.fc1 = nn.Linear(inputs, 128)
        self.fc2 = nn.Linear(128, 128)
        self.fc3 = nn.Linear(128, speakers)
        self.dropout = nn.Dropout(p)

    def forward(self, x):
        x = self.dropout(F.relu(self.fc1(x)))
        x = self.dropout(F.relu(self.fc2(x)))
        return self.fc3(x)


def voices(n, speakers=12, dim=40):
    centres = torch.randn(speakers, dim)
    y = torch.randint(0, speakers, (n,))
    return centres[y] + 1.4 * torch.randn(n, dim), y


def train_one_epoch(model, loader, optimizer, monitor):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        logits = model(x)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        optimizer.step()
        monitor.step(loss, accuracy=(logits.argmax(1) == y).float().mean().item())


@torch.no_grad()
def evaluate(model, x, y):
    model.eval()
    logits = model(x)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)

    x, y = voices(4000)
    loader = DataLoader(TensorDataset(x[:3200], y[:3200]), batch_size=64, shuffle=True)
    model = VoiceNet(40, 12, p=0.5)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    config = {"lr": 1e-3, "batch_size": 64, "epochs": 10, "dropout": 0.5}
    monitor = Monitor(args.out, model, optimizer, config, activations=True, judge=False)
    for epoch in range(config["epochs"]):
        train_one_epoch(model, loader, optimizer, monitor)
        val_loss, val_acc = evaluate(model, x[3200:], y[3200:])
        monitor.evaluate(loss=val_loss, accuracy=val_acc)
        print(f"epoch {epoch + 1}: val loss {val_loss:.3f}, val acc {val_acc:.3f}")
    monitor.close()
    print(f"score: {val_acc:.4f}")
