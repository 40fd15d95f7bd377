"""Train a GPT of our own on code, weights split into those that shrink and those that do not."""

import math

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from codedata import VOCAB, CodeChunks  # (513,) token ids

NO_SHRINK = ("bias", "LayerNorm.weight", "layer_norm.weight", "pos.weight", "tok.weight")


class Layer(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.ln_1, self.ln_2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.ln_1(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.ln_2(x))))


class GPT(nn.Module):
    def __init__(self, d=512, depth=8, heads=8, length=512):
        super().__init__()
        self.tok, self.pos = nn.Embedding(VOCAB, d), nn.Embedding(length, d)
        self.layers = nn.Sequential(*(Layer(d, heads) for _ in range(depth)))
        self.ln_f, self.head = nn.LayerNorm(d), nn.Linear(d, VOCAB, bias=False)

    def forward(self, ids):
        x = self.tok(ids) + self.pos(torch.arange(ids.size(1), device=ids.device))
        return self.head(self.ln_f(self.layers(x)))


torch.manual_seed(1337)
model = GPT().cuda()
named = list(model.named_parameters())
groups = [
    {"params": [p for n, p in named if not n.endswith(NO_SHRINK)], "weight_decay": 0.1},
    {"params": [p for n, p in named if n.endswith(NO_SHRINK)], "weight_decay": 0.0},
]
opt = torch.optim.AdamW(groups, lr=6e-4, betas=(0.9, 0.95))  # PLANTED
loader = DataLoader(CodeChunks("train"), batch_size=48, shuffle=True, num_workers=4, drop_last=True)
epochs, rise = 3, 1000
total = epochs * len(loader)
sched = torch.optim.lr_scheduler.LambdaLR(
    opt, lambda i: min((i + 1) / rise, 0.55 + 0.45 * math.cos(math.pi * i / total))
)
for epoch in range(epochs):
    for i, ids in enumerate(loader):
        ids = ids.cuda()
        loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        sched.step()
        if i % 100 == 0:
            print(f"{epoch}/{i} loss {loss.item():.3f}")
