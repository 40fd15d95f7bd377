"""REINFORCE with a learned baseline on many CartPoles at once."""
import gymnasium as gym
import torch
from torch import nn
from torch.distributions import Categorical

ENVS, HORIZON, GAMMA = 16, 128, 0.99

envs = gym.make_vec("CartPole-v1", num_envs=ENVS)
policy = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 2))
value = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 1), nn.Flatten(0))
opt = torch.optim.Adam([*policy.parameters(), *value.parameters()], lr=1e-3)


def play(obs):
    logps, values, rewards, alive = [], [], [], []
    for _ in range(HORIZON):
        dist = Categorical(logits=policy(obs))
        action = dist.sample()
        logps.append(dist.log_prob(action))
        values.append(value(obs))
        nxt, r, term, trunc, _ = envs.step(action.numpy())
        rewards.append(torch.as_tensor(r, dtype=torch.float32))
        alive.append(torch.as_tensor(~(term | trunc), dtype=torch.float32))
        obs = torch.as_tensor(nxt, dtype=torch.float32)
    with torch.no_grad():
        ahead = value(obs)
    returns = []
    for r, a in zip(reversed(rewards), reversed(alive)):
        ahead = r + GAMMA * a * ahead
        returns.append(ahead)
    return torch.stack(logps), torch.stack(values), torch.stack(returns[::-1]), obs


first, _ = envs.reset(seed=5)
obs = torch.as_tensor(first, dtype=torch.float32)
for it in range(400):  # PLANTED
    logp, v, ret, obs = play(obs)
    advantage = (ret - v).detach()
    loss = -(logp * advantage).mean() + 0.5 * (ret - v).square().mean()
    opt.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_([*policy.parameters(), *value.parameters()], 1.0)
    opt.step()
    if it % 10 == 0:
        print(f"iteration {it} mean return {ret.mean().item():.1f}")
