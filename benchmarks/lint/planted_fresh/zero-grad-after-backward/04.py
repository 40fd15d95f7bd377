"""Train a discrete soft actor-critic from stored play, its three parts one after the other."""

import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

OBS, ACTIONS, GAMMA, TAU = 48, 8, 0.99, 0.005


def net(out):
    return nn.Sequential(nn.Linear(OBS, 256), nn.ReLU(), nn.Linear(256, out))


torch.manual_seed(88)
actor, critic = net(ACTIONS), net(ACTIONS)
slow = copy.deepcopy(critic).requires_grad_(False)
log_alpha = torch.zeros((), requires_grad=True)
a_opt = torch.optim.Adam(actor.parameters(), lr=3e-4)
c_opt = torch.optim.Adam(critic.parameters(), lr=3e-4)
t_opt = torch.optim.Adam([log_alpha], lr=3e-4)
log = torch.load("play.pt", weights_only=True)
keys = ("obs", "action", "reward", "next_obs", "done")
loader = DataLoader(TensorDataset(*(log[k] for k in keys)), batch_size=512, shuffle=True)

for epoch in range(200):
    for obs, action, reward, after, done in loader:
        alpha = log_alpha.detach().exp()
        with torch.no_grad():
            logp = actor(after).log_softmax(-1)
            ahead = (logp.exp() * (slow(after) - alpha * logp)).sum(-1)
            goal = reward + GAMMA * (1 - done.float()) * ahead
        taken = critic(obs).gather(1, action[:, None]).squeeze(1)
        c_loss = F.mse_loss(taken, goal)
        c_opt.zero_grad()
        c_loss.backward()
        c_opt.step()

        logp = actor(obs).log_softmax(-1)
        a_loss = (logp.exp() * (alpha * logp - critic(obs).detach())).sum(-1).mean()
        a_loss.backward()
        actor.zero_grad()  # PLANTED
        a_opt.step()

        entropy = -(logp.exp() * logp).sum(-1).mean().detach()
        t_loss = log_alpha.exp() * (entropy - 0.5)
        t_opt.zero_grad()
        t_loss.backward()
        t_opt.step()
        with torch.no_grad():
            for s, p in zip(slow.parameters(), critic.parameters()):
                s.lerp_(p, TAU)
    print(f"epoch {epoch} critic {c_loss.item():.3f} actor {a_loss.item():.3f} H {entropy.item():.2f}")
