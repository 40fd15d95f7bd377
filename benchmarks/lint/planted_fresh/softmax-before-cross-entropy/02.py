"""Behaviour cloning from a chess engine's moves; the policy samples when it plays."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.utils.data import DataLoader

from chessdata import MOVES, Positions  # planes (17, 8, 8), index of the move


class Policy(nn.Module):
    def __init__(self, width: int = 128, depth: int = 6) -> None:
        super().__init__()
        self.enter = nn.Conv2d(17, width, 3, padding=1)
        self.tower = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(depth))
        self.exit = nn.Linear(width * 64, MOVES)

    def forward(self, planes: Tensor) -> Categorical:
        h = self.enter(planes).relu()
        for conv in self.tower:
            h = h + conv(h).relu()
        return Categorical(probs=F.softmax(self.exit(h.flatten(1)), dim=-1))  # PLANTED

    @torch.no_grad()
    def play(self, planes: Tensor) -> Tensor:
        return self(planes).sample()


def clone(policy: Policy, positions: DataLoader, epochs: int) -> None:
    opt = torch.optim.Adam(policy.parameters(), lr=1e-3)
    for epoch in range(epochs):
        policy.train()
        losses, hits = [], []
        for planes, move in positions:
            planes, move = planes.cuda(), move.cuda()
            choice = policy(planes)
            loss = F.cross_entropy(choice.probs, move)
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.detach())
            hits.append((choice.probs.argmax(-1) == move).float().mean())
        mean, top1 = torch.stack(losses).mean().item(), torch.stack(hits).mean().item()
        print(f"epoch {epoch}: {mean:.4f}, top-1 {top1:.1%}")


if __name__ == "__main__":
    torch.manual_seed(1997)
    clone(Policy().cuda(), DataLoader(Positions("2023"), 1024, shuffle=True, num_workers=8), 10)
