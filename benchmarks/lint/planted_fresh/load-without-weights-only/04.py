"""Build a policy from a checkpoint of imitation and improve it by advantage actor-critic."""

from __future__ import annotations

from typing import Self

import gymnasium as gym
import torch
from torch import Tensor, nn
from torch.distributions import Categorical


class ActorCritic(nn.Module):
    def __init__(self, inputs: int, actions: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(inputs, 64), nn.Tanh())
        self.actor, self.critic = nn.Linear(64, actions), nn.Linear(64, 1)

    def forward(self, obs: Tensor) -> tuple[Categorical, Tensor]:
        h = self.body(obs)
        return Categorical(logits=self.actor(h)), self.critic(h).squeeze(-1)

    @classmethod
    def from_file(cls, path: str, inputs: int, actions: int) -> Self:
        net = cls(inputs, actions)
        with open(path, "rb") as file:
            weights = torch.load(file, map_location=torch.device("cpu"))  # PLANTED
        net.load_state_dict(weights, strict=False)
        return net


def main(updates: int = 5000, horizon: int = 32, gamma: float = 0.99) -> None:
    torch.manual_seed(2)
    envs = gym.make_vec("Acrobot-v1", num_envs=8)
    net = ActorCritic.from_file("imitated.pt", 6, 3)
    opt = torch.optim.RMSprop(net.parameters(), lr=7e-4)
    obs, _ = envs.reset(seed=2)
    for update in range(updates):
        logps, values, entropies, rewards, alive = [], [], [], [], []
        for _ in range(horizon):
            dist, value = net(torch.as_tensor(obs, dtype=torch.float32))
            action = dist.sample()
            obs, reward, terminated, truncated, _ = envs.step(action.numpy())
            logps.append(dist.log_prob(action))
            values.append(value)
            entropies.append(dist.entropy())
            rewards.append(torch.as_tensor(reward, dtype=torch.float32))
            alive.append(1 - torch.as_tensor(terminated | truncated, dtype=torch.float32))
        with torch.no_grad():
            ret = net(torch.as_tensor(obs, dtype=torch.float32))[1]
        returns = []
        for r, a in zip(reversed(rewards), reversed(alive)):
            ret = r + gamma * a * ret
            returns.insert(0, ret)
        gap = torch.stack(returns) - torch.stack(values)
        policy_loss = -(torch.stack(logps) * gap.detach()).mean()
        loss = policy_loss + 0.5 * gap.square().mean() - 0.01 * torch.stack(entropies).mean()
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        opt.step()
        if update % 50 == 0:
            reward = torch.stack(rewards).mean().item()
            print(f"update {update} loss {loss.item():.3f} reward {reward:.3f}")


main()
