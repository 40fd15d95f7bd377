"""DDPG for Pendulum."""
import copy
import random
from collections import deque

import gymnasium as gym
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import clip_grad_norm_

SEED, STEPS, WARM, BATCH = 6, 40_000, 1000, 128
GAMMA, TAU, SIGMA = 0.99, 0.005, 0.1
dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Actor(nn.Module):
    def __init__(self, sDim, aDim, bound):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(sDim, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, aDim), nn.Tanh())
        self.bound = bound

    def forward(self, s):
        return self.bound * self.body(s)


class Critic(nn.Module):
    def __init__(self, sDim, aDim):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(sDim + aDim, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1))

    def forward(self, s, a):
        return self.body(torch.cat([s, a], dim=1))


def sampleBatch(memory):
    s, a, r, s2, d = zip(*random.sample(memory, BATCH))
    toT = lambda v: torch.as_tensor(np.array(v), dtype=torch.float32, device=dev)
    return toT(s), toT(a), toT(r).unsqueeze(1), toT(s2), toT(d).unsqueeze(1)


@torch.no_grad()
def softUpdate(target, source):
    for t, p in zip(target.parameters(), source.parameters()):
        t.lerp_(p, TAU)


@torch.no_grad()
def evaluate(actor, episodes=5):
    env = gym.make("Pendulum-v1")
    score = 0.0
    for k in range(episodes):
        s, _ = env.reset(seed=500 + k)
        over = False
        while not over:
            a = actor(torch.as_tensor(s, dtype=torch.float32, device=dev)).cpu().numpy()
            s, r, term, trunc, _ = env.step(a)
            score += r
            over = term or trunc
    return score / episodes


random.seed(SEED)
np.random.seed(SEED)
torch.manual_seed(SEED)
env = gym.make("Pendulum-v1")
env.action_space.seed(SEED)
sDim, aDim, bound = env.observation_space.shape[0], env.action_space.shape[0], float(env.action_space.high[0])

actor, critic = Actor(sDim, aDim, bound).to(dev), Critic(sDim, aDim).to(dev)
actorTarget, criticTarget = copy.deepcopy(actor), copy.deepcopy(critic)
actorOpt = torch.optim.Adam(actor.parameters(), lr=1e-4)
criticOpt = torch.optim.Adam(critic.parameters(), lr=1e-3)
memory = deque(maxlen=100_000)

s, _ = env.reset(seed=SEED)
for t in range(1, STEPS + 1):
    if t <= WARM:
        a = env.action_space.sample()
    else:
        with torch.no_grad():
            a = actor(torch.as_tensor(s, dtype=torch.float32, device=dev)).cpu().numpy()
        a = np.clip(a + np.random.normal(0, SIGMA * bound, aDim), -bound, bound).astype(np.float32)
    s2, r, term, trunc, _ = env.step(a)
    memory.append((s, a, r, s2, float(term)))
    s = env.reset()[0] if term or trunc else s2
    if t <= WARM:
        continue

    bs, ba, br, bs2, bd = sampleBatch(memory)
    with torch.no_grad():
        y = br + GAMMA * (1 - bd) * criticTarget(bs2, actorTarget(bs2))
    criticLoss = F.mse_loss(critic(bs, ba), y)
    criticOpt.zero_grad()
    criticLoss.backward()
    clip_grad_norm_(critic.parameters(), 10.0)
    criticOpt.step()

    actorLoss = -critic(bs, actor(bs)).mean()
    actorOpt.zero_grad()
    actorLoss.backward()
    clip_grad_norm_(actor.parameters(), 10.0)
    actorOpt.step()

    softUpdate(criticTarget, critic)
    softUpdate(actorTarget, actor)
    if t % 1000 == 0:
        print(f"step {t} critic {criticLoss.item():.3f} actor {actorLoss.item():.3f} return {evaluate(actor):.1f}")

torch.save(actor.state_dict(), "ddpg_actor.pt")
