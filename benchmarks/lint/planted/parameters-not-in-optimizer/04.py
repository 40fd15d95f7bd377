"""Actor and critic with one loss."""
import torch
from torch import nn
from torch.distributions import Categorical


class A2C:
    def __init__(self, obs, act):
        torch.manual_seed(3)
        self.actor = nn.Sequential(nn.Linear(obs, 64), nn.Tanh(), nn.Linear(64, act))
        self.critic = nn.Sequential(nn.Linear(obs, 64), nn.Tanh(), nn.Linear(64, 1))
        self.opt = torch.optim.Adam(self.actor.parameters(), lr=7e-4)  # PLANTED
        self.n = 0

    def update(self, obs, act, ret):
        value = self.critic(obs).squeeze(-1)
        adv = ret - value
        dist = Categorical(logits=self.actor(obs))
        pi_loss = -(dist.log_prob(act) * adv.detach()).mean()
        v_loss = adv.pow(2).mean()
        loss = pi_loss + 0.5 * v_loss - 0.01 * dist.entropy().mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.n += 1
        if self.n % 50 == 0:
            print(self.n, loss.item(), v_loss.item())
