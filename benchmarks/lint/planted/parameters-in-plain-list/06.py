"""Ensemble of critics for offline reinforcement learning."""
import torch
from torch import nn
import torch.nn.functional as F


def q_net(obs, act):
    return nn.Sequential(nn.Linear(obs + act, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1))


class EnsembleCritic(nn.Module):
    def __init__(self, obs, act, n=10):
        super().__init__()
        self.norm = nn.LayerNorm(obs + act)
        self.qs = list(q_net(obs, act) for _ in range(n))  # PLANTED

    def forward(self, s, a):
        x = self.norm(torch.cat([s, a], -1))
        return torch.cat([q(x) for q in self.qs], -1)


def fit(dataset, obs, act, policy, steps=100_000, gamma=0.99):
    torch.manual_seed(3)
    critic, target = EnsembleCritic(obs, act), EnsembleCritic(obs, act)
    opt = torch.optim.Adam(critic.parameters(), lr=3e-4)
    for step in range(steps):
        s, a, r, s2, d = dataset.sample(256)
        with torch.no_grad():
            y = r + gamma * (1 - d) * target(s2, policy(s2)).min(-1).values
        loss = F.mse_loss(critic(s, a), y.unsqueeze(-1).expand(-1, 10))
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 1000 == 0:
            print(step, loss.item())
