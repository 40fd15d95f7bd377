"""Attention by hand, as in a lecture."""
import math

import torch
from torch import nn

from corpus import batches, V

torch.manual_seed(2)


class Head(nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.q, self.k, self.v = nn.Linear(d, k, bias=False), nn.Linear(d, k, bias=False), nn.Linear(d, k, bias=False)

    def forward(self, x):
        scores = self.q(x) @ self.k(x).transpose(-2, -1) / math.sqrt(self.k.out_features)
        weights = scores.softmax(dim=-1)  # PLANTED
        return weights @ self.v(x)


class BigramPlus(nn.Module):
    def __init__(self, d=64, block=32):
        super().__init__()
        self.tok, self.pos = nn.Embedding(V, d), nn.Embedding(block, d)
        self.heads = nn.ModuleList(Head(d, d // 4) for _ in range(4))
        self.lm_head = nn.Linear(d, V)

    def forward(self, idx):
        x = self.tok(idx) + self.pos(torch.arange(idx.shape[1]))
        return self.lm_head(torch.cat([h(x) for h in self.heads], -1))


model = BigramPlus()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for step, (x, next_tokens) in enumerate(batches(64, 32)):
    logits = model(x)
    loss = nn.functional.cross_entropy(logits.view(-1, V), next_tokens.view(-1))
    opt.zero_grad()
    loss.backward()
    opt.step()
    if step % 200 == 0:
        print(step, loss.item())
