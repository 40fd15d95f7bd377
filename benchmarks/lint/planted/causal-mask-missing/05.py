"""Decision transformer over returns, states and actions (trainer class)."""
import torch
from torch import nn


class DecisionTransformer(nn.Module):
    def __init__(self, s, a, d=128, t=60):
        super().__init__()
        self.r, self.s, self.a = nn.Linear(1, d), nn.Linear(s, d), nn.Linear(a, d)
        self.pos = nn.Embedding(t, d)
        self.attn = nn.ModuleList(nn.MultiheadAttention(d, 4, batch_first=True) for _ in range(3))
        self.ln = nn.ModuleList(nn.LayerNorm(d) for _ in range(3))
        self.out = nn.Linear(d, a)

    def forward(self, rtg, obs, act):
        x = torch.stack([self.r(rtg), self.s(obs), self.a(act)], 2).flatten(1, 2)
        x = x + self.pos(torch.arange(x.size(1), device=x.device))
        for attn, ln in zip(self.attn, self.ln):
            y = ln(x)
            x = x + attn(y, y, y, need_weights=False)[0]  # PLANTED
        return self.out(x[:, 1::3])


class Trainer:
    def __init__(self, s, a):
        torch.manual_seed(4)
        self.net = DecisionTransformer(s, a)
        self.opt = torch.optim.Adam(self.net.parameters(), lr=1e-4)
        self.warm = torch.optim.lr_scheduler.LinearLR(self.opt, 0.01, total_iters=1000)

    def fit(self, trajectories):
        self.net.train()
        for step, (rtg, obs, act) in enumerate(trajectories):
            loss = (self.net(rtg, obs, act) - act).pow(2).mean()
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            self.warm.step()
            if step % 100 == 0:
                print(step, loss.item())
