"""PPO update on a stored rollout."""
from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Rollout(NamedTuple):
    obs: Tensor
    act: Tensor
    logp: Tensor
    adv: Tensor


def log_prob(policy: nn.Module, obs: Tensor, act: Tensor) -> Tensor:
    dist = torch.softmax(policy(obs), -1)
    return torch.log(dist.gather(-1, act[:, None]))[:, 0]  # PLANTED


def ppo_update(policy: nn.Module, opt: torch.optim.Optimizer, roll: Rollout, clip: float = 0.2, iters: int = 10) -> None:
    policy.train()
    for it in range(iters):
        logp = log_prob(policy, roll.obs, roll.act)
        ratio = (logp - roll.logp).exp()
        bounded = ratio.clamp(1 - clip, 1 + clip)
        loss = -torch.min(ratio * roll.adv, bounded * roll.adv).mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(policy.parameters(), 0.5)
        opt.step()
        if it % 5 == 0:
            print(f"ppo iter {it} loss {loss.item():.4f}")
