"""REINFORCE with a baseline on CartPole: a batch of episodes, one update."""
import gymnasium as gym
import torch
import torch.nn as nn
from torch.distributions import Categorical

SEED, GAMMA, EPISODES = 11, 0.99, 8
torch.manual_seed(SEED)
env = gym.make("CartPole-v1")
policy = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2))
optimizer = torch.optim.Adam(policy.parameters(), lr=5e-3)


def episode(seed):
    log_probs, rewards = [], []
    obs, _ = env.reset(seed=seed)
    over = False
    while not over:
        dist = Categorical(logits=policy(torch.as_tensor(obs)))
        action = dist.sample()
        obs, reward, terminated, truncated, _ = env.step(int(action))
        log_probs.append(dist.log_prob(action))
        rewards.append(float(reward))
        over = terminated or truncated
    return log_probs, rewards


def returns_of(rewards):
    out, running = [], 0.0
    for r in reversed(rewards):
        running = r + GAMMA * running
        out.append(running)
    return out[::-1]


for update in range(200):
    log_probs, returns, lengths = [], [], []
    for k in range(EPISODES):
        lp, rewards = episode(SEED + update * EPISODES + k)
        log_probs += lp
        returns += returns_of(rewards)
        lengths.append(len(rewards))

    returns = torch.tensor(returns)
    advantage = (returns - returns.mean()) / (returns.std() + 1e-8)
    losses = [-lp * a for lp, a in zip(log_probs, advantage)]
    loss = torch.tensor(losses, requires_grad=True).mean()  # PLANTED

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if update % 5 == 0:
        print(f"update {update:3d}  mean length {sum(lengths) / EPISODES:.1f}  loss {loss.item():.4f}")
