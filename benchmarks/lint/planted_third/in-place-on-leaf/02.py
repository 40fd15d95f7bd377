"""Deep deterministic policy gradient for Pendulum, on one CPU."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

import gymnasium as gym
import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass
class Memory:
    size: int = 100_000
    rows: list[tuple[Tensor, ...]] = field(default_factory=list)
    at: int = 0

    def add(self, *row: Tensor) -> None:
        if len(self.rows) < self.size:
            self.rows.append(row)
        else:
            self.rows[self.at] = row
        self.at = (self.at + 1) % self.size

    def draw(self, n: int) -> list[Tensor]:
        picked = torch.randint(len(self.rows), (n,)).tolist()
        return [torch.stack(column) for column in zip(*(self.rows[i] for i in picked))]


def mlp(n_in: int, n_out: int, *last: nn.Module) -> nn.Sequential:
    hidden = [nn.Linear(n_in, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()]
    return nn.Sequential(*hidden, nn.Linear(256, n_out), *last)


def follow(slow: nn.Module, quick: nn.Module, rate: float = 0.005) -> None:
    for mine, theirs in zip(slow.parameters(), quick.parameters(), strict=True):
        mine.lerp_(theirs, rate)  # PLANTED


def main(steps: int = 50_000, gamma: float = 0.99, seed: int = 1) -> None:
    torch.manual_seed(seed)
    env = gym.make("Pendulum-v1")
    actor, critic = mlp(3, 1, nn.Tanh()), mlp(4, 1)
    slow_actor, slow_critic = copy.deepcopy(actor), copy.deepcopy(critic)
    actor_opt = torch.optim.Adam(actor.parameters(), lr=1e-3)
    critic_opt = torch.optim.Adam(critic.parameters(), lr=1e-3)
    memory, score, scores = Memory(), 0.0, []
    obs = torch.as_tensor(env.reset(seed=seed)[0])

    for step in range(1, steps + 1):
        with torch.no_grad():
            action = (actor(obs) + 0.1 * torch.randn(1)).clamp(-1, 1)
        nxt, reward, _, truncated, _ = env.step(2 * action.numpy())
        nxt, score = torch.as_tensor(nxt), score + float(reward)
        memory.add(obs, action, torch.tensor([float(reward)]), nxt)
        obs = nxt
        if truncated:
            obs = torch.as_tensor(env.reset()[0])
            scores.append(score)
            score = 0.0
            print(f"step {step} score {scores[-1]:.1f}")

        if step > 1000:
            s, a, r, s2 = memory.draw(128)
            with torch.no_grad():
                goal = r + gamma * slow_critic(torch.cat([s2, slow_actor(s2)], dim=1))
            critic_loss = F.mse_loss(critic(torch.cat([s, a], dim=1)), goal)
            critic_opt.zero_grad(), critic_loss.backward(), critic_opt.step()
            actor_loss = -critic(torch.cat([s, actor(s)], dim=1)).mean()
            actor_opt.zero_grad(), actor_loss.backward(), actor_opt.step()
            follow(slow_actor, actor), follow(slow_critic, critic)


if __name__ == "__main__":
    main()
