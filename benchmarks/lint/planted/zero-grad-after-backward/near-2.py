"""Alternate updates of actor and critic; each clears before its own backward."""
import torch
from torch import nn

torch.manual_seed(12)


class Agent:
    def __init__(self, obs_dim, act_dim):
        self.actor = nn.Sequential(nn.Linear(obs_dim, 64), nn.Tanh(), nn.Linear(64, act_dim))
        self.critic = nn.Sequential(nn.Linear(obs_dim + act_dim, 64), nn.ReLU(), nn.Linear(64, 1))
        self.actor_opt = torch.optim.Adam(self.actor.parameters(), lr=1e-4)
        self.critic_opt = torch.optim.Adam(self.critic.parameters(), lr=1e-3)

    def update(self, obs, act, goal):
        q = self.critic(torch.cat([obs, act], -1)).squeeze(-1)
        critic_loss = nn.functional.mse_loss(q, goal)
        self.critic_opt.zero_grad()
        critic_loss.backward()
        self.critic_opt.step()

        actor_loss = -self.critic(torch.cat([obs, self.actor(obs)], -1)).mean()
        self.actor_opt.zero_grad()
        actor_loss.backward()
        self.critic_opt.zero_grad()
        self.actor_opt.step()
        return critic_loss.detach(), actor_loss.detach()
