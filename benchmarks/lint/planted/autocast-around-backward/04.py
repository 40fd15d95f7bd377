"""Critic and actor updates of DDPG in half precision."""
import torch as th
import torch.nn.functional as F


class DDPG:
    def __init__(self, actor, critic, actor_t, critic_t):
        th.manual_seed(3)
        self.actor, self.critic, self.actor_t, self.critic_t = actor, critic, actor_t, critic_t
        self.ao = th.optim.Adam(actor.parameters(), lr=1e-4)
        self.co = th.optim.Adam(critic.parameters(), lr=1e-3)
        self.scaler = th.amp.GradScaler("cuda")
        self.n = 0

    def update(self, s, a, r, s2, d, gamma=0.99):
        with th.autocast("cuda"):
            with th.no_grad():
                y = r + gamma * (1 - d) * self.critic_t(s2, self.actor_t(s2))
            c_loss = F.mse_loss(self.critic(s, a), y)
        self.co.zero_grad()
        self.scaler.scale(c_loss).backward()
        self.scaler.step(self.co)

        with th.autocast("cuda"):
            a_loss = -self.critic(s, self.actor(s)).mean()
            self.ao.zero_grad()
            self.scaler.scale(a_loss).backward()  # PLANTED
        self.scaler.step(self.ao)
        self.scaler.update()
        self.n += 1
        if self.n % 500 == 0:
            print(self.n, c_loss.item(), a_loss.item())
