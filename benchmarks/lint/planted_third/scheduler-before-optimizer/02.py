"""Trains a network to play tic-tac-toe from recorded games; hooks do all but the arithmetic."""

from collections import defaultdict

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Hooks:
    def __init__(self):
        self.called = defaultdict(list)

    def on(self, moment):
        def keep(function):
            self.called[moment].append(function)
            return function

        return keep

    def __call__(self, moment, **what):
        for function in self.called[moment]:
            function(**what)


torch.manual_seed(3)
games = torch.load("games.pt", weights_only=True)
loader = DataLoader(TensorDataset(games["board"].float(), games["move"]), batch_size=100, shuffle=True)

policy = nn.Sequential(nn.Flatten(), nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 9))
sgd = torch.optim.SGD(policy.parameters(), lr=0.1, momentum=0.9)
slower = torch.optim.lr_scheduler.ExponentialLR(sgd, gamma=0.9)
hooks = Hooks()


@hooks.on("epoch begins")
def next_rate(epoch, **_):
    slower.step()  # PLANTED
    print(f"epoch {epoch} at rate {slower.get_last_lr()[0]:.4f}")


@hooks.on("batch")
def learn(board, move, **_):
    sgd.zero_grad()
    loss = nn.functional.cross_entropy(policy(board), move)
    loss.backward()
    sgd.step()
    history.append(loss.detach())


@hooks.on("epoch ends")
def tell(epoch, **_):
    print(f"epoch {epoch} loss {torch.stack(history).mean().item():.4f}")
    history.clear()


history = []
for epoch in range(25):
    hooks("epoch begins", epoch=epoch)
    for board, move in loader:
        hooks("batch", board=board, move=move)
    hooks("epoch ends", epoch=epoch)
