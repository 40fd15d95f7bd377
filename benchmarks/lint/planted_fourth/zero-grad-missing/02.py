import copy
import random
from collections import deque

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


class Actor(nn.Module):
    def __init__(self, obs_dim, act_dim, limit):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(obs_dim, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(),
                                 nn.Linear(256, act_dim), nn.Tanh())
        self.limit = limit

    def forward(self, obs):
        return self.limit * self.net(obs)


class Critic(nn.Module):
    def __init__(self, obs_dim, act_dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(obs_dim + act_dim, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(),
                                 nn.Linear(256, 1))

    def forward(self, obs, act):
        return self.net(torch.cat([obs, act], dim=-1))


class ReplayBuffer:
    def __init__(self, capacity):
        self.storage = deque(maxlen=capacity)

    def push(self, *transition):
        self.storage.append(transition)

    def sample(self, n, device):
        columns = zip(*random.sample(self.storage, n))
        return [torch.as_tensor(np.array(c), dtype=torch.float32, device=device) for c in columns]

    def __len__(self):
        return len(self.storage)


class DDPGAgent:
    def __init__(self, obs_dim, act_dim, limit, device, gamma=0.99, tau=0.005, lr_actor=1e-4, lr_critic=1e-3):
        self.device, self.gamma, self.tau, self.limit = device, gamma, tau, limit
        self.actor = Actor(obs_dim, act_dim, limit).to(device)
        self.critic = Critic(obs_dim, act_dim).to(device)
        self.actor_target = copy.deepcopy(self.actor).requires_grad_(False)
        self.critic_target = copy.deepcopy(self.critic).requires_grad_(False)
        self.actor_optim = torch.optim.Adam(self.actor.parameters(), lr=lr_actor)
        self.critic_optim = torch.optim.Adam(self.critic.parameters(), lr=lr_critic)

    @torch.no_grad()
    def act(self, obs, noise=0.0):
        obs = torch.as_tensor(obs, dtype=torch.float32, device=self.device)
        action = self.actor(obs).cpu().numpy()
        action = action + noise * self.limit * np.random.randn(*action.shape)
        return np.clip(action, -self.limit, self.limit).astype(np.float32)

    def update(self, batch):
        obs, act, rew, nxt, done = batch
        with torch.no_grad():
            q_next = self.critic_target(nxt, self.actor_target(nxt)).squeeze(-1)
            target = rew + self.gamma * (1 - done) * q_next

        critic_loss = F.mse_loss(self.critic(obs, act).squeeze(-1), target)
        self.actor_optim.zero_grad()
        critic_loss.backward()  # PLANTED
        self.critic_optim.step()

        self.critic.requires_grad_(False)
        actor_loss = -self.critic(obs, self.actor(obs)).mean()
        self.actor_optim.zero_grad()
        actor_loss.backward()
        self.actor_optim.step()
        self.critic.requires_grad_(True)

        with torch.no_grad():
            for net, tgt in ((self.actor, self.actor_target), (self.critic, self.critic_target)):
                for p, q in zip(net.parameters(), tgt.parameters()):
                    q.lerp_(p, self.tau)
        return critic_loss.detach(), actor_loss.detach()


def evaluate(agent, env_id, episodes=5):
    env = gym.make(env_id)
    returns = []
    for ep in range(episodes):
        obs, _ = env.reset(seed=10_000 + ep)
        done, total = False, 0.0
        while not done:
            obs, rew, term, trunc, _ = env.step(agent.act(obs))
            done, total = term or trunc, total + rew
        returns.append(total)
    env.close()
    return np.mean(returns)


def run(env_id="Pendulum-v1", seed=0, total_steps=60_000, start=1_000, batch_size=128):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    env = gym.make(env_id)
    env.action_space.seed(seed)
    agent = DDPGAgent(env.observation_space.shape[0], env.action_space.shape[0],
                      float(env.action_space.high[0]), device)
    buffer = ReplayBuffer(200_000)

    obs, _ = env.reset(seed=seed)
    for t in range(1, total_steps + 1):
        action = env.action_space.sample() if t <= start else agent.act(obs, noise=0.1)
        nxt, rew, term, trunc, _ = env.step(action)
        buffer.push(obs, action, rew, nxt, float(term))
        obs = nxt
        if term or trunc:
            obs, _ = env.reset()
        if t > start:
            losses = agent.update(buffer.sample(batch_size, device))
            if t % 2_000 == 0:
                print(f"{t:6d} critic {losses[0].item():.3f} actor {losses[1].item():.3f} "
                      f"return {evaluate(agent, env_id):.1f}")


if __name__ == "__main__":
    run()
