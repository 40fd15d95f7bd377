"""Value function fitted to Monte Carlo returns."""
import torch as th
import torch.nn.functional as F
from torch import nn


class ValueNet(nn.Module):
    def __init__(self, obs_dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(obs_dim, 64), nn.Tanh(), nn.Linear(64, 1))

    def forward(self, obs):
        return self.net(obs)


def discounted(rewards, gamma):
    out = th.zeros(len(rewards))
    run = 0.0
    for t in reversed(range(len(rewards))):
        run = rewards[t] + gamma * run
        out[t] = run
    return out


def fit(episodes, obs_dim, gamma=0.99, epochs=20):
    th.manual_seed(0)
    value = ValueNet(obs_dim)
    opt = th.optim.Adam(value.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for obs, rewards in episodes:
            returns = discounted(rewards, gamma)
            loss = F.mse_loss(value(obs), returns)  # PLANTED
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
    return value
