"""Deep Q-learning for Acrobot, with a replay memory and a target network."""
import copy
import random
from collections import deque

import gymnasium as gym
import torch
import torch.nn.functional as F
from torch import nn

SEED = 3
random.seed(SEED)
torch.manual_seed(SEED)
env = gym.make("Acrobot-v1")
q = nn.Sequential(nn.Linear(6, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 3))
q_target = copy.deepcopy(q)
opt = torch.optim.RMSprop(q.parameters(), lr=2.5e-4)
memory = deque(maxlen=50_000)


def act(obs, eps):
    if random.random() < eps:
        return random.randrange(3)
    with torch.no_grad():
        return int(q(torch.as_tensor(obs)).argmax())


def replay(size=64, gamma=0.99):
    s, a, r, s2, end = zip(*random.sample(memory, size))
    s, s2 = torch.as_tensor(s), torch.as_tensor(s2)
    a, r, end = torch.tensor(a), torch.tensor(r), torch.tensor(end, dtype=torch.float32)
    with torch.no_grad():
        goal = r + gamma * (1 - end) * q_target(s2).max(1).values
    taken = q(s).gather(1, a[:, None]).squeeze(1)
    loss = F.smooth_l1_loss(taken, goal)
    opt.zero_grad()
    loss.backward()
    opt.step()
    for w in q.parameters():
        w.grad.clamp_(-1, 1)  # PLANTED


steps = 0
env.action_space.seed(SEED)
for episode in range(800):
    obs, _ = env.reset(seed=SEED + episode)
    score, over = 0.0, False
    while not over:
        a = act(obs, max(0.02, 1 - steps / 30_000))
        nxt, reward, terminated, truncated, _ = env.step(a)
        memory.append((obs.tolist(), a, float(reward), nxt.tolist(), terminated))
        obs, score, over = nxt, score + reward, terminated or truncated
        steps += 1
        if len(memory) > 2000 and steps % 4 == 0:
            replay()
        if steps % 1000 == 0:
            q_target.load_state_dict(q.state_dict())
    if episode % 10 == 0:
        print(f"episode {episode} steps {steps} score {score:.0f}")
