"""Advantage actor-critic on eight carts at once, on the CPU, in updates of sixteen steps."""

from __future__ import annotations

from typing import NamedTuple

import gymnasium as gym
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical


class Look(NamedTuple):
    log_prob: Tensor
    value: Tensor
    entropy: Tensor


class ActorCritic(nn.Module):
    def __init__(self, n_obs: int, n_act: int, width: int = 128) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(n_obs, width), nn.Tanh())
        self.actor = nn.Linear(width, n_act)
        self.critic = nn.Linear(width, 1)

    def forward(self, obs: Tensor) -> tuple[Categorical, Tensor]:
        h = self.body(obs)
        return Categorical(logits=self.actor(h)), self.critic(h).squeeze(-1)


def main(seed: int = 9, updates: int = 3000, gamma: float = 0.99) -> None:
    torch.manual_seed(seed)
    same_step = {"autoreset_mode": gym.vector.AutoresetMode.SAME_STEP}
    envs = gym.make_vec("CartPole-v1", num_envs=8, vector_kwargs=same_step)
    net = ActorCritic(4, 2)
    optimizer = torch.optim.RMSprop(net.parameters(), lr=7e-4, alpha=0.99, eps=1e-5)
    obs = torch.as_tensor(envs.reset(seed=seed)[0])

    for update in range(updates):
        looks, rewards, going = [], [], []
        for _ in range(16):
            policy, value = net(obs)
            action = policy.sample()
            obs, reward, terminated, truncated, _ = envs.step(action.numpy())
            obs = torch.as_tensor(obs)
            looks.append(Look(policy.log_prob(action), value, policy.entropy()))
            rewards.append(torch.as_tensor(reward, dtype=torch.float32))
            going.append(torch.as_tensor(~(terminated | truncated), dtype=torch.float32))

        run = net(obs)[1].detach()
        returns = []
        for reward, on in zip(reversed(rewards), reversed(going)):
            run = reward + gamma * on * run
            returns.append(run)
        goal = torch.stack(returns[::-1])
        log_prob, value, entropy = (torch.stack(column) for column in zip(*looks))

        advantage = goal - value.detach()
        actor_loss = -(log_prob * advantage).mean()
        critic_loss = F.mse_loss(value, goal)
        loss = actor_loss + 0.5 * critic_loss - 0.01 * entropy.mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        optimizer.step()
        if update % 100 == 0:
            shown = loss.detach()
            print(f"update {update} loss {shown.item():.4f} goal {goal.mean().item():.1f}")


if __name__ == "__main__":
    main()
