"""Trains a network to estimate the pose of a hand and reports errors joint by joint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor

JOINTS = ("wrist", "thumb", "index", "middle", "ring", "little")


class Hand(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.see = nn.Sequential(
            nn.Conv2d(1, 32, 5, 2), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 64, 5, 2), nn.BatchNorm2d(64), nn.ReLU(),
            nn.AdaptiveAvgPool2d(4), nn.Flatten(),
        )
        self.place = nn.Linear(1024, 3 * len(JOINTS))

    def forward(self, depth: Tensor) -> Tensor:
        return self.place(self.see(depth)).unflatten(1, (len(JOINTS), 3))


class JointError:
    def __init__(self) -> None:
        self.summed, self.count = torch.zeros(len(JOINTS)), 0

    def update(self, guess: Tensor, truth: Tensor) -> None:
        self.summed += (guess - truth).norm(dim=-1).sum(dim=0).detach()
        self.count += len(guess)

    def __str__(self) -> str:
        means = (self.summed / self.count).tolist()
        return " ".join(f"{joint} {mean:.1f}" for joint, mean in zip(JOINTS, means))


def judge(hand: Hand, loader: Iterable[list[Tensor]]) -> JointError:
    error = JointError()
    hand.eval()
    for depth, truth in loader:  # PLANTED
        error.update(hand(depth), truth)
    return error


def main() -> None:
    torch.manual_seed(24)
    hands = torch.load("hands.pt", weights_only=True)
    train, valid = (TensorDataset(hands[f"{p}_depth"], hands[f"{p}_joints"]) for p in ("train", "valid"))
    loader, check = DataLoader(train, 64, shuffle=True), DataLoader(valid, 64)
    hand = Hand()
    optimizer = torch.optim.Adam(hand.parameters(), lr=1e-3)
    for epoch in range(30):
        hand.train()
        for depth, joints in loader:
            optimizer.zero_grad()
            loss = nn.functional.l1_loss(hand(depth), joints)
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.3f} mm: {judge(hand, check)}")


if __name__ == "__main__":
    main()
