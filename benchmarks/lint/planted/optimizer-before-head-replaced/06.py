"""Continual learning: a new output layer for each task."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from tasks import task_loaders


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU())
        self.head = nn.Linear(256, 2)

    def forward(self, x):
        return self.head(self.body(x))


def run():
    torch.manual_seed(13)
    net = Backbone()
    opt = torch.optim.SGD(net.parameters(), lr=0.01)  # PLANTED
    for number, (loader, classes) in enumerate(task_loaders()):
        net.head = nn.Linear(256, classes)
        net.train()
        for epoch in range(3):
            for x, y in loader:
                loss = F.cross_entropy(net(x), y)
                opt.zero_grad()
                loss.backward()
                opt.step()
            print("task", number, "epoch", epoch, "loss", loss.item())


if __name__ == "__main__":
    run()
