"""DQN with an optimizer of its own options."""
import torch
import torch.nn.functional as F
from torch import nn

from replay import Replay, play

OPT = {"lr": 1e-3, "weight_decay": 1.0}
torch.manual_seed(6)
q = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 4))
t = nn.Sequential(nn.Linear(8, 128), nn.ReLU(), nn.Linear(128, 4))
t.load_state_dict(q.state_dict())
opt = torch.optim.Adam(q.parameters(), **OPT)  # PLANTED
memory = Replay(100_000)
for step in range(100_000):
    memory.push(play(q))
    if len(memory) < 1000:
        continue
    s, a, r, s2, d = memory.sample(64)
    with torch.no_grad():
        y = r + 0.99 * (1 - d) * t(s2).amax(1)
    loss = F.smooth_l1_loss(q(s).gather(1, a[:, None])[:, 0], y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 1000 == 0:
        t.load_state_dict(q.state_dict())
        print(step, loss.item())
