"""Plays CartPole by learning the value of each action from replayed steps."""

import random
from collections import deque

import gymnasium as gym
import numpy as np
import torch
from torch import nn

SEED, GAMMA, BATCH = 9, 0.99, 128
random.seed(SEED)
np.random.seed(SEED)
torch.manual_seed(SEED)

env = gym.make("CartPole-v1")
env.action_space.seed(SEED)


def q_network():
    return nn.Sequential(nn.Linear(4, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2))


online, frozen_copy = q_network(), q_network()
frozen_copy.load_state_dict(online.state_dict())
optimizer = torch.optim.Adam(online.parameters(), lr=5e-4)
memory = deque(maxlen=50_000)


def act(state, epsilon):
    if random.random() < epsilon:
        return env.action_space.sample()
    with torch.no_grad():
        return int(online(torch.as_tensor(state)).argmax())


def learn():
    s, a, r, s2, over = map(np.asarray, zip(*random.sample(memory, BATCH)))
    s, s2 = torch.from_numpy(s), torch.from_numpy(s2)
    a, r = torch.from_numpy(a).unsqueeze(1), torch.from_numpy(r).float()
    with torch.no_grad():
        best = frozen_copy(s2).amax(dim=1)
        wanted = r + GAMMA * best * ~torch.from_numpy(over)
    taken = online(s).gather(1, a)
    loss = nn.functional.smooth_l1_loss(taken, wanted)  # PLANTED
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


steps = 0
for episode in range(600):
    state, _ = env.reset(seed=SEED + episode)
    score, done = 0.0, False
    while not done:
        action = act(state, max(0.05, 1 - steps / 10_000))
        after, reward, over, cut, _ = env.step(action)
        memory.append((state, action, reward, after, over))
        state, done, score = after, over or cut, score + reward
        steps += 1
        if len(memory) >= 1000:
            learn()
        if steps % 500 == 0:
            frozen_copy.load_state_dict(online.state_dict())
    if episode % 20 == 0:
        print(f"episode {episode} score {score:.0f}")
