"""Decision transformer for offline RL on hopper: actions from returns, states and past actions."""

import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader

from d4rl_windows import HopperWindows

K, STATE, ACT, DIM = 20, 11, 3, 128


class Attn(nn.Module):
    def __init__(self, n_head=4):
        super().__init__()
        self.h = n_head
        self.to_q = nn.Linear(DIM, DIM)
        self.to_kv = nn.Linear(DIM, 2 * DIM)
        self.out = nn.Linear(DIM, DIM)
        full = torch.ones(3 * K, 3 * K)
        self.register_buffer("future", torch.triu(full, diagonal=1).bool(), persistent=False)

    def split(self, z):
        return z.unflatten(-1, (self.h, -1)).transpose(1, 2)

    def forward(self, x):
        q = self.split(self.to_q(x))
        k, v = map(self.split, self.to_kv(x).chunk(2, dim=-1))
        scores = torch.einsum("bhid,bhjd->bhij", q, k) / math.sqrt(q.size(-1))
        weights = scores.softmax(dim=-1)  # PLANTED
        return self.out((weights @ v).transpose(1, 2).flatten(2))


class DecisionTransformer(nn.Module):
    def __init__(self, depth=3):
        super().__init__()
        self.r, self.s, self.a = nn.Linear(1, DIM), nn.Linear(STATE, DIM), nn.Linear(ACT, DIM)
        self.when = nn.Embedding(1000, DIM)
        self.att = nn.ModuleList([Attn() for _ in range(depth)])
        self.ff = nn.ModuleList(
            [nn.Sequential(nn.Linear(DIM, 4 * DIM), nn.GELU(), nn.Linear(4 * DIM, DIM))
             for _ in range(depth)]
        )
        self.norms = nn.ModuleList([nn.LayerNorm(DIM) for _ in range(2 * depth)])
        self.act = nn.Sequential(nn.Linear(DIM, ACT), nn.Tanh())

    def forward(self, rtg, state, action, t):
        e = self.when(t)
        x = torch.stack([self.r(rtg) + e, self.s(state) + e, self.a(action) + e], 2).flatten(1, 2)
        for i, (att, ff) in enumerate(zip(self.att, self.ff)):
            x = x + att(self.norms[2 * i](x))
            x = x + ff(self.norms[2 * i + 1](x))
        return self.act(x[:, 1::3])


torch.manual_seed(4)
model = DecisionTransformer().cuda().train()
opt = torch.optim.Adam(model.parameters(), lr=1e-4)
sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda n: min(1.0, (n + 1) / 10_000))
loader = DataLoader(HopperWindows("medium", K), batch_size=64, shuffle=True, num_workers=2)
for epoch in range(20):
    for n, (rtg, state, action, t) in enumerate(loader):
        rtg, state, action, t = rtg.cuda(), state.cuda(), action.cuda(), t.cuda()
        loss = nn.functional.mse_loss(model(rtg, state, action, t), action)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        opt.step()
        sched.step()
        if n % 500 == 0:
            print(f"epoch {epoch} batch {n} action mse {loss.item():.4f}")
