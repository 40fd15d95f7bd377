"""DQN that is continued after an interruption; the target network is part of its state."""
import os

import torch
import torch.nn.functional as F

from dqn import QNet, Replay, play

torch.manual_seed(7)
q, target, memory = QNet(), QNet(), Replay(100_000)
opt = torch.optim.Adam(q.parameters(), lr=1e-4)
first = 0
if os.path.exists("dqn.pt"):
    s = torch.load("dqn.pt", weights_only=True)
    q.load_state_dict(s["q"])
    target.load_state_dict(s["target"])  # PLANTED
    torch.set_rng_state(s["rng"])
    first = s["step"] + 1
else:
    target.load_state_dict(q.state_dict())

for step in range(first, 1_000_000):
    memory.push(play(q, eps=max(0.05, 1 - step / 1e5)))
    if len(memory) < 1000:
        continue
    o, a, r, o2, d = memory.sample(32)
    with torch.no_grad():
        y = r + 0.99 * (1 - d) * target(o2).amax(1)
    loss = F.smooth_l1_loss(q(o).gather(1, a[:, None])[:, 0], y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 1000 == 0:
        target.load_state_dict(q.state_dict())
        print(step, loss.item())
        torch.save({"q": q.state_dict(), "target": target.state_dict(), "opt": opt.state_dict(),
                    "rng": torch.get_rng_state(), "step": step}, "dqn.pt")
