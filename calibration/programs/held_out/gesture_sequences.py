"""Classify hand gestures from joint trajectories of different shapes."""

import argparse
import math

import torch
import torch.nn as nn
from neural_trainer.live.monitor import Monitor
from torch.optim.lr_scheduler import OneCycleLR


def trajectories(n, steps=20):
    gesture = torch.randint(0, 6, (n,))
    t = torch.linspace(0, 2 * math.pi, steps)
    speed = torch.tensor([1.0, 1.0, 2.0, 2.0, 3.0, 3.0])[gesture].unsqueeze(1)
    turn = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])[gesture].unsqueeze(1)
    phase = 2 * math.pi * torch.rand(n, 1)
    x = torch.cos(speed * t + phase)
    y = torch.sin(speed * turn * t + phase)
    path = torch.stack([x, y], dim=-1)
    return path + 0.35 * torch.randn_like(path), gesture


class GestureModel(nn.Module):
    def __init__(self, hidden=32, classes=6):
        super().__init__()
        self.cell = nn.GRUCell(2, hidden)
        self.score = nn.Linear(hidden, 1)
        self.classify = nn.Linear(hidden, classes)

    def forward(self, path):
        h = torch.zeros(path.shape[0], self.cell.hidden_size)
        states = []
        for t in range(path.shape[1]):
            h = self.cell(path[:, t], h)
            states.append(h.data)
        states = torch.stack(states, dim=1)
        weights = torch.softmax(self.score(states), dim=1)
        return self.classify((weights * states).sum(dim=1))


def run(out, seed, steps=300, batch_size=64, lr=0.01):
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    model = GestureModel()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    scheduler = OneCycleLR(optimizer, max_lr=lr, total_steps=steps)
    criterion = nn.CrossEntropyLoss()
    config = {"max_lr": lr, "batch_size": batch_size, "steps": steps, "schedule": "onecycle"}
    monitor = Monitor(out, model, optimizer, config, activations=True, judge=False)
    val_path, val_gesture = trajectories(500)

    for step in range(1, steps + 1):
        path, gesture = trajectories(batch_size)
        logits = model(path)
        loss = criterion(logits, gesture)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        monitor.step(loss, accuracy=(logits.argmax(-1) == gesture).float().mean().item())
        if step % 50 == 0:
            model.eval()
            with torch.no_grad():
                logits = model(val_path)
            accuracy = (logits.argmax(-1) == val_gesture).float().mean().item()
            monitor.evaluate(loss=criterion(logits, val_gesture).item(), accuracy=accuracy)
            model.train()
    monitor.close()
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=0)
    namespace = parser.parse_args()
    print(f"score: {run(namespace.out, namespace.seed):.4f}")
