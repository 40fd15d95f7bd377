"""Soft actor-critic with a target network."""
import copy

import torch
import torch.nn.functional as F


class Learner:
    def __init__(self, actor, critic):
        torch.manual_seed(8)
        self.actor, self.critic = actor, critic
        self.target = copy.deepcopy(critic)
        for p in critic.parameters():
            p.requires_grad = False  # PLANTED
        self.opt = torch.optim.Adam([*critic.parameters(), *actor.parameters()], lr=3e-4)
        self.n = 0

    def update(self, s, a, r, s2, d):
        with torch.no_grad():
            y = r + 0.99 * (1 - d) * self.target(s2, self.actor(s2))
        loss = F.mse_loss(self.critic(s, a), y) - self.critic(s, self.actor(s)).mean()
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        with torch.no_grad():
            for t, p in zip(self.target.parameters(), self.critic.parameters()):
                t.lerp_(p, 0.005)
        self.n += 1
        if self.n % 1000 == 0:
            print(self.n, loss.item())
