"""Policy gradient whose returns are computed and forgotten."""
import gymnasium as gym
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(5)
env = gym.make("MountainCar-v0")
pi = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 3))
opt = torch.optim.Adam(pi.parameters(), lr=1e-3)

for episode in range(2000):  # PLANTED
    obs, _ = env.reset(seed=episode)
    logps, rews, done = [], [], False
    while not done:
        dist = Categorical(logits=pi(torch.as_tensor(obs)))
        a = dist.sample()
        logps.append(dist.log_prob(a))
        obs, r, term, trunc, _ = env.step(int(a))
        rews.append(float(r))
        done = term or trunc
    ret = torch.tensor(rews).flip(0).cumsum(0).flip(0)
    loss = -(torch.stack(logps) * (ret - ret.mean())).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
