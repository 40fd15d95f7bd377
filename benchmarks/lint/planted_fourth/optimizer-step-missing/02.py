"""DDPG on Pendulum-v1."""
from __future__ import annotations

import copy
from collections import deque
from typing import NamedTuple
import random

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Transition(NamedTuple):
    obs: np.ndarray
    act: np.ndarray
    rew: float
    nxt: np.ndarray
    done: float


class ReplayBuffer:
    def __init__(self, capacity: int):
        self.data: deque[Transition] = deque(maxlen=capacity)

    def push(self, *args) -> None:
        self.data.append(Transition(*args))

    def sample(self, n: int, device) -> list[torch.Tensor]:
        cols = zip(*random.sample(self.data, n))
        out = [torch.as_tensor(np.asarray(c, dtype=np.float32), device=device) for c in cols]
        out[2], out[4] = out[2].unsqueeze(1), out[4].unsqueeze(1)
        return out

    def __len__(self) -> int:
        return len(self.data)


def mlp(*sizes: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in zip(sizes[:-2], sizes[1:-1]):
        layers += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


class DDPGAgent:
    def __init__(self, obs_dim: int, act_dim: int, limit: float, device,
                 gamma: float = 0.99, tau: float = 0.005, lr_pi: float = 1e-4, lr_q: float = 1e-3):
        self.device, self.limit, self.gamma, self.tau = device, limit, gamma, tau
        self.pi = mlp(obs_dim, 256, 256, act_dim).to(device)
        self.q = mlp(obs_dim + act_dim, 256, 256, 1).to(device)
        self.pi_targ = copy.deepcopy(self.pi).requires_grad_(False)
        self.q_targ = copy.deepcopy(self.q).requires_grad_(False)
        self.pi_opt = torch.optim.Adam(self.pi.parameters(), lr=lr_pi)
        self.q_opt = torch.optim.Adam(self.q.parameters(), lr=lr_q)

    def policy(self, net: nn.Module, obs: torch.Tensor) -> torch.Tensor:
        return self.limit * torch.tanh(net(obs))

    @torch.no_grad()
    def act(self, obs: np.ndarray, noise: float) -> np.ndarray:
        a = self.policy(self.pi, torch.as_tensor(obs, dtype=torch.float32, device=self.device))
        a = a.cpu().numpy() + noise * self.limit * np.random.randn(*a.shape)
        return np.clip(a, -self.limit, self.limit).astype(np.float32)

    def update_critic(self, obs, act, rew, nxt, done) -> torch.Tensor:
        with torch.no_grad():
            next_q = self.q_targ(torch.cat([nxt, self.policy(self.pi_targ, nxt)], 1))
            target = rew + self.gamma * (1 - done) * next_q
        loss = F.mse_loss(self.q(torch.cat([obs, act], 1)), target)
        self.q_opt.zero_grad()
        loss.backward()  # PLANTED
        nn.utils.clip_grad_norm_(self.q.parameters(), 10.0)
        return loss.detach()

    def update_actor(self, obs) -> torch.Tensor:
        self.q.requires_grad_(False)
        loss = -self.q(torch.cat([obs, self.policy(self.pi, obs)], 1)).mean()
        self.pi_opt.zero_grad()
        loss.backward()
        self.pi_opt.step()
        self.q.requires_grad_(True)
        return loss.detach()

    @torch.no_grad()
    def sync(self) -> None:
        for net, targ in ((self.pi, self.pi_targ), (self.q, self.q_targ)):
            for p, t in zip(net.parameters(), targ.parameters()):
                t.lerp_(p, self.tau)


def evaluate(agent: DDPGAgent, episodes: int = 5) -> float:
    env, returns = gym.make("Pendulum-v1"), []
    for k in range(episodes):
        obs, _ = env.reset(seed=1000 + k)
        done, ret = False, 0.0
        while not done:
            obs, r, term, trunc, _ = env.step(agent.act(obs, noise=0.0))
            ret, done = ret + float(r), term or trunc
        returns.append(ret)
    return float(np.mean(returns))


def main(total_steps: int = 50_000, start: int = 1_000, batch: int = 128, seed: int = 0) -> None:
    random.seed(seed); np.random.seed(seed); torch.manual_seed(seed)
    env = gym.make("Pendulum-v1")
    env.action_space.seed(seed)
    agent = DDPGAgent(env.observation_space.shape[0], env.action_space.shape[0],
                      float(env.action_space.high[0]), torch.device("cpu"))
    memory = ReplayBuffer(100_000)
    obs, _ = env.reset(seed=seed)
    for t in range(1, total_steps + 1):
        act = env.action_space.sample() if t < start else agent.act(obs, noise=0.1)
        nxt, rew, term, trunc, _ = env.step(act)
        memory.push(obs, act, rew, nxt, float(term))
        obs = env.reset()[0] if term or trunc else nxt
        if t >= start:
            data = memory.sample(batch, agent.device)
            q_loss = agent.update_critic(*data)
            pi_loss = agent.update_actor(data[0])
            agent.sync()
            if t % 2_000 == 0:
                print(f"t={t} q_loss={q_loss.item():.3f} pi_loss={pi_loss.item():.3f} return={evaluate(agent):.1f}")


if __name__ == "__main__":
    main()
