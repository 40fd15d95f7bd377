"""Train a small decoder on MIDI tokens; a cosine with a linear start, counted in updates."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from midi import MidiChunks, VOCAB


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.ff = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.proj(a.transpose(1, 2).reshape(b, t, d))
        return x + self.ff(self.n2(x))


class Music(nn.Module):
    def __init__(self, d=256, depth=6, length=512):
        super().__init__()
        self.tok, self.pos = nn.Embedding(VOCAB, d), nn.Embedding(length, d)
        self.blocks = nn.Sequential(*(Block(d, 8) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, VOCAB)

    def forward(self, ids):
        x = self.tok(ids) + self.pos(torch.arange(ids.size(1), device=ids.device))
        return self.head(self.norm(self.blocks(x)))


torch.manual_seed(1685)
model = Music().cuda()
loader = DataLoader(MidiChunks("maestro", 513), batch_size=32, shuffle=True, num_workers=4)
epochs, warm = 20, 400
total = epochs * len(loader)
opt = torch.optim.Adam(model.parameters(), lr=4e-4, betas=(0.9, 0.95))
lr_at = torch.optim.lr_scheduler.LambdaLR(
    opt, lambda s: min((s + 1) / warm, 0.5 + 0.5 * math.cos(math.pi * min(s / total, 1)))
)
for epoch in range(epochs):
    for i, ids in enumerate(loader):
        ids = ids.cuda()
        loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        lr_at.step()  # PLANTED
        opt.step()
        opt.zero_grad(set_to_none=True)
        if i % 100 == 0:
            print(f"{epoch}/{i} loss {loss.item():.3f} lr {lr_at.get_last_lr()[0]:.2e}")
