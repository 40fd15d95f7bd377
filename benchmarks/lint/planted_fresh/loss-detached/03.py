"""Deep Q-learning from stored games of Connect Four, the values learned in batches."""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from connect4 import StoredGames


class Moves(NamedTuple):
    board: Tensor  # (b, 2, 6, 7)
    column: Tensor  # (b,)
    reward: Tensor  # (b,)
    after: Tensor  # (b, 2, 6, 7)
    over: Tensor  # (b,)


class QNet(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(2, 64, 4, padding=2), nn.ReLU(), nn.Conv2d(64, 64, 3), nn.ReLU(),
            nn.Flatten(), nn.LazyLinear(128), nn.ReLU(), nn.Linear(128, 7),
        )


class QLearner:
    def __init__(self, gamma: float = 0.97) -> None:
        self.q = QNet()
        self.q(torch.zeros(1, 2, 6, 7))
        self.slow = copy.deepcopy(self.q).requires_grad_(False)
        self.opt = torch.optim.Adam(self.q.parameters(), lr=5e-4)
        self.gamma = gamma

    def td_error(self, m: Moves) -> Tensor:
        with torch.no_grad():
            future = (1 - m.over) * self.slow(m.after).amax(dim=1)
        chosen = self.q(m.board).gather(1, m.column.unsqueeze(1)).squeeze(1)
        return m.reward - self.gamma * future - chosen.data  # PLANTED

    def update(self, m: Moves) -> Tensor:
        loss = self.td_error(m).square().mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return loss

    def follow(self) -> None:
        self.slow.load_state_dict(self.q.state_dict())


def main() -> None:
    torch.manual_seed(4)
    learner = QLearner()
    loader = DataLoader(StoredGames("games.npz"), batch_size=256, shuffle=True)
    for epoch in range(20):
        for i, batch in enumerate(loader):
            loss = learner.update(Moves(*batch))
            if i % 200 == 0:
                print(f"epoch {epoch} batch {i} td {loss.item():.4f}")
        learner.follow()


if __name__ == "__main__":
    main()
