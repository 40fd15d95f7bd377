"""REINFORCE on CartPole; episodes are played and learned from in one function."""

import gymnasium as gym
import torch
from torch import nn
from torch.distributions import Categorical

SEED = 42
torch.manual_seed(SEED)
env = gym.make("CartPole-v1")
policy = nn.Sequential(nn.Linear(4, 128), nn.ReLU(), nn.Linear(128, 2))
opt = torch.optim.Adam(policy.parameters(), lr=3e-3)


def discounted(rewards, gamma=0.99):
    out, g = [], 0.0
    for r in reversed(rewards):
        g = r + gamma * g
        out.append(g)
    out = torch.tensor(out[::-1])
    return (out - out.mean()) / (out.std() + 1e-8)


def episode(first_seed=None):
    obs, _ = env.reset(seed=first_seed)
    logps, rewards, done = [], [], False
    with torch.inference_mode():
        while not done:
            dist = Categorical(logits=policy(torch.as_tensor(obs)))
            action = dist.sample()
            obs, reward, terminated, truncated, _ = env.step(int(action))
            done = terminated or truncated
            logps.append(dist.log_prob(action))
            rewards.append(float(reward))
        loss = -(torch.stack(logps) * discounted(rewards)).mean()
        opt.zero_grad()
        loss.backward()  # PLANTED
        opt.step()
    return sum(rewards)


average = episode(SEED)
for n in range(1, 1000):
    average = 0.95 * average + 0.05 * episode()
    if n % 20 == 0:
        print(f"episode {n}: return {average:.1f}")
