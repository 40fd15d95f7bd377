"""DQN with a moving window of losses."""
import random
from collections import deque

import torch
from torch import nn
import torch.nn.functional as F

from replay import Replay, play

random.seed(2)
torch.manual_seed(2)
net = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))
frozen = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 2))
frozen.load_state_dict(net.state_dict())
opt = torch.optim.Adam(net.parameters(), 1e-3)
memory = Replay(50_000)
window = deque(maxlen=10_000)

for step in range(100_000):
    memory.push(play(net))
    if len(memory) < 500:
        continue
    s, a, r, s2, done = memory.sample(64)
    with torch.no_grad():
        y = r + 0.99 * frozen(s2).amax(1) * (1 - done)
    td = F.smooth_l1_loss(net(s).gather(1, a[:, None])[:, 0], y)
    opt.zero_grad()
    td.backward()
    opt.step()
    window.append(td)  # PLANTED
    if step % 500 == 0:
        frozen.load_state_dict(net.state_dict())
        print(step, sum(float(v) for v in window) / len(window))
