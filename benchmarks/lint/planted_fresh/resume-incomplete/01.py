"""A DQN agent learning from a stream of logged episodes; it saves itself and comes back."""

import os

import torch
import torch.nn.functional as F
from torch import nn

from episodes import replay_stream  # yields (obs, act, rew, nxt, done) batches of 128 for ever


class Agent:
    def __init__(self, obs_dim: int, num_actions: int, lr: float = 2.5e-4):
        def net():
            return nn.Sequential(nn.Linear(obs_dim, 128), nn.Tanh(), nn.Linear(128, num_actions))

        self.online, self.target = net(), net()
        self.target.load_state_dict(self.online.state_dict())
        self.target.requires_grad_(False)
        self.opt = torch.optim.Adam(self.online.parameters(), lr=lr)
        self.updates = 0

    def learn(self, obs, act, rew, nxt, done):
        with torch.no_grad():
            goal = rew + 0.99 * (1 - done) * self.target(nxt).amax(1)
        loss = F.smooth_l1_loss(self.online(obs).gather(1, act[:, None])[:, 0], goal)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        self.updates += 1
        if self.updates % 1000 == 0:
            self.target.load_state_dict(self.online.state_dict())
        return loss.detach()

    def save(self, path):
        blob = {k: getattr(self, k).state_dict() for k in ("online", "target", "opt")}
        torch.save({**blob, "updates": self.updates}, path)

    def load(self, path):
        blob = torch.load(path, weights_only=True)
        self.online.load_state_dict(blob["online"])
        self.target.load_state_dict(blob["target"])
        self.updates = blob["updates"]  # PLANTED


if __name__ == "__main__":
    torch.manual_seed(101)
    agent = Agent(obs_dim=24, num_actions=6)
    if os.path.exists("agent.pt"):
        agent.load("agent.pt")
    for batch in replay_stream("logs/", start=agent.updates):
        loss = agent.learn(*batch)
        if agent.updates % 5000 == 0:
            print(f"update {agent.updates} td {loss.item():.4f}")
            agent.save("agent.pt")
        if agent.updates >= 500_000:
            break
