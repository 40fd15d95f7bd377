"""Class-incremental learning: ten new classes at each task, a head that grows, a small memory."""

import random

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import ConcatDataset, DataLoader, Subset

from splits import cifar100_tasks


class Incremental(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 64, 3, 2, 1), nn.ReLU(), nn.Conv2d(64, 128, 3, 2, 1), nn.ReLU(),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        )
        self.head = nn.Linear(128, 10)

    def forward(self, x):
        return self.head(self.body(x))

    def grow(self, extra):
        old = self.head
        new = nn.Linear(old.in_features, old.out_features + extra)
        with torch.no_grad():
            new.weight[: old.out_features].copy_(old.weight)
            new.bias[: old.out_features].copy_(old.bias)
        self.head = new


def run(epochs_per_task=20, memory_per_task=200):
    random.seed(0)
    torch.manual_seed(0)
    model = Incremental()
    opt = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)  # PLANTED
    memory = []
    for task, data in enumerate(cifar100_tasks("train", classes_per_task=10)):
        if task:
            model.grow(10)
        mixed = ConcatDataset([data, *memory])
        loader = DataLoader(mixed, batch_size=128, shuffle=True)
        model.train()
        for epoch in range(epochs_per_task):
            total = torch.zeros(())
            for x, y in loader:
                opt.zero_grad()
                loss = F.cross_entropy(model(x), y)
                loss.backward()
                opt.step()
                total += loss.detach()
            print(f"task {task} epoch {epoch} loss {total.item() / len(loader):.3f}")
        memory.append(Subset(data, random.sample(range(len(data)), memory_per_task)))


if __name__ == "__main__":
    run()
