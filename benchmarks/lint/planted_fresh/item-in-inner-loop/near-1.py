"""Double DQN on lunar landing: the environment needs its action as a number at each step."""

import copy
import random

import gymnasium as gym
import torch
import torch.nn as nn
import torch.nn.functional as F

from replay import UniformReplay

random.seed(600)
torch.manual_seed(600)
env = gym.make("LunarLander-v3")
q = nn.Sequential(
    nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 4)
).cuda()
q_slow = copy.deepcopy(q).requires_grad_(False)
opt = torch.optim.Adam(q.parameters(), lr=5e-4)
memory = UniformReplay(100_000, device="cuda", seed=600)

state, _ = env.reset(seed=600)
loss_sum = torch.zeros((), device="cuda")
for step in range(1, 300_001):
    if random.random() < max(0.05, 1 - step / 50_000):
        action = random.randrange(4)
    else:
        with torch.no_grad():
            action = q(torch.as_tensor(state, device="cuda")).argmax().item()
    after, reward, terminated, truncated, _ = env.step(action)
    memory.add(state, action, reward, after, terminated)
    state = env.reset()[0] if terminated or truncated else after
    if len(memory) < 5000:
        continue
    s, a, r, s2, done = memory.sample(128)
    with torch.no_grad():
        best = q(s2).argmax(1, keepdim=True)
        target = r + 0.99 * (1 - done) * q_slow(s2).gather(1, best).squeeze(1)
    loss = F.smooth_l1_loss(q(s).gather(1, a.unsqueeze(1)).squeeze(1), target)
    opt.zero_grad()
    loss.backward()
    opt.step()
    loss_sum += loss.detach()
    if step % 1000 == 0:
        q_slow.load_state_dict(q.state_dict())
        print(f"step {step} mean loss {loss_sum.item() / 1000:.4f}")
        loss_sum.zero_()
