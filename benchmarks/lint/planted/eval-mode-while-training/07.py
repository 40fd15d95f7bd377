"""Typed policy with dropout, updated from rollouts."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.distributions import Categorical


class Policy(nn.Module):
    def __init__(self, obs: int, act: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(obs, 64), nn.Dropout(0.1), nn.Tanh(), nn.Linear(64, act))

    def forward(self, obs: Tensor) -> Categorical:
        return Categorical(logits=self.net(obs))


def learn(policy: Policy, rollouts, updates: int = 1000) -> None:
    torch.manual_seed(6)
    opt = torch.optim.Adam(policy.parameters(), lr=3e-4)
    for n, (obs, act, adv) in zip(range(updates), rollouts):
        policy.train(mode=False)  # PLANTED
        loss = -(policy(obs).log_prob(act) * adv).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        if n % 20 == 0:
            print(n, loss.item())
