"""The critic is frozen for the actor's step and set free after it."""
import torch


class Agent:
    def __init__(self, actor, critic):
        torch.manual_seed(1)
        self.actor, self.critic, self.n = actor, critic, 0
        self.ao = torch.optim.Adam(actor.parameters(), lr=1e-4)
        self.co = torch.optim.Adam(critic.parameters(), lr=1e-3)

    def update(self, s, a, y):
        c_loss = (self.critic(s, a) - y).pow(2).mean()
        self.co.zero_grad()
        c_loss.backward()
        self.co.step()
        self.critic.requires_grad_(False)
        a_loss = -self.critic(s, self.actor(s)).mean()
        self.ao.zero_grad()
        a_loss.backward()
        self.ao.step()
        self.critic.requires_grad_(True)
        self.n += 1
        if self.n % 1000 == 0:
            print(self.n, c_loss.item(), a_loss.item())
