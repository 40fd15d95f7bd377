"""DQN saved on interruption, together with its step and its exploration."""
import signal
import sys

import torch
import torch.nn.functional as F

from dqn import QNet, Replay, play

torch.manual_seed(6)
q, tgt = QNet(), QNet()
tgt.load_state_dict(q.state_dict())
opt = torch.optim.Adam(q.parameters(), lr=2.5e-4)
memory, eps, step = Replay(100_000), 1.0, 0


def on_term(*_):
    torch.save({"q": q.state_dict(), "target": tgt.state_dict(), "eps": eps, "step": step}, "dqn.pt")  # PLANTED
    sys.exit(0)


signal.signal(signal.SIGTERM, on_term)
while step < 1_000_000:
    memory.push(play(q, eps))
    eps = max(0.05, eps - 1e-6)
    if len(memory) > 1000:
        s, a, r, s2, d = memory.sample(32)
        with torch.no_grad():
            y = r + 0.99 * (1 - d) * tgt(s2).amax(1)
        loss = F.smooth_l1_loss(q(s).gather(1, a[:, None])[:, 0], y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 1000 == 0:
            tgt.load_state_dict(q.state_dict())
            print(step, loss.item(), eps)
    step += 1
