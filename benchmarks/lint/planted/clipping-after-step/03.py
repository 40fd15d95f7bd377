"""Soft actor-critic update of the twin critics."""
import torch as th
import torch.nn.functional as F
from torch.nn.utils import clip_grad_norm_ as clip


class SAC:
    def __init__(self, actor, q1, q2, q1_t, q2_t, alpha=0.2, gamma=0.99):
        th.manual_seed(0)
        self.actor, self.q1, self.q2, self.q1_t, self.q2_t = actor, q1, q2, q1_t, q2_t
        self.alpha, self.gamma = alpha, gamma
        self.q_params = [*q1.parameters(), *q2.parameters()]
        self.q_opt = th.optim.Adam(self.q_params, lr=3e-4)
        self.n = 0

    def update_critics(self, s, a, r, s2, d):
        with th.no_grad():
            a2, logp2 = self.actor.sample(s2)
            q = th.min(self.q1_t(s2, a2), self.q2_t(s2, a2)) - self.alpha * logp2
            y = r + self.gamma * (1 - d) * q
        loss = F.mse_loss(self.q1(s, a), y) + F.mse_loss(self.q2(s, a), y)
        self.q_opt.zero_grad()
        loss.backward()
        self.q_opt.step()
        clip(self.q_params, 1.0)  # PLANTED
        self.n += 1
        if self.n % 1000 == 0:
            print(f"critic update {self.n}: {loss.item():.4f}")
