"""Deep Q-learning with a replay buffer."""
import random
from collections import deque

import gymnasium
import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
env = gymnasium.make("LunarLander-v3")
q = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 4))
target = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 4))
target.load_state_dict(q.state_dict())
optimizer = torch.optim.Adam(q.parameters(), lr=5e-4)
buffer = deque(maxlen=100_000)


def learn(batch_size=64, gamma=0.99):
    s, a, r, s2, d = (torch.stack(t) for t in zip(*random.sample(buffer, batch_size)))
    with torch.no_grad():
        goal = r + gamma * target(s2).max(1).values * (1 - d)
    chosen = q(s).gather(1, a.long().unsqueeze(1)).squeeze(1)
    loss = nn.functional.smooth_l1_loss(chosen, goal)
    loss.backward()
    optimizer.zero_grad()  # PLANTED
    optimizer.step()


state, _ = env.reset(seed=0)
score, eps = 0.0, 1.0
for step in range(200_000):
    obs = torch.as_tensor(state)
    action = random.randrange(4) if random.random() < eps else int(q(obs).argmax())
    nxt, reward, term, trunc, _ = env.step(action)
    buffer.append((obs, torch.tensor(action), torch.tensor(float(reward)), torch.as_tensor(nxt), torch.tensor(float(term))))
    state, score = nxt, score + float(reward)
    if term or trunc:
        print(step, "return", score)
        state, _ = env.reset()
        score, eps = 0.0, max(0.02, eps * 0.995)
    if len(buffer) > 1000:
        learn()
    if step % 1000 == 0:
        target.load_state_dict(q.state_dict())
