"""Q-learning with exploration."""
import random
from collections import deque

import gymnasium as gym
import torch
from torch import nn
import torch.nn.functional as F

env = gym.make("CartPole-v1")
q = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))
opt = torch.optim.Adam(q.parameters(), lr=1e-3)
memory = deque(maxlen=20_000)


def update(batch=64):
    s, a, r, s2, d = (torch.stack(c) for c in zip(*random.sample(memory, batch)))
    with torch.no_grad():
        y = r + 0.99 * q(s2).amax(1) * (1 - d)
    loss = F.smooth_l1_loss(q(s).gather(1, a[:, None])[:, 0], y)
    opt.zero_grad()
    loss.backward()
    opt.step()


for episode in range(500):  # PLANTED
    obs, _ = env.reset()
    total, done = 0.0, False
    while not done:
        s = torch.as_tensor(obs)
        a = env.action_space.sample() if random.random() < 0.1 else int(q(s).argmax())
        obs, r, term, trunc, _ = env.step(a)
        memory.append((s, torch.tensor(a), torch.tensor(float(r)), torch.as_tensor(obs), torch.tensor(float(term))))
        total, done = total + float(r), term or trunc
        if len(memory) > 500:
            update()
    if episode % 10 == 0:
        print(episode, total)
