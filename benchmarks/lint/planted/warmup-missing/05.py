"""GPT with its own blocks, typed, bfloat16."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, d: int, h: int) -> None:
        super().__init__()
        self.h, self.n1, self.n2 = h, nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x: Tensor) -> Tensor:
        b, t, d = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, t, 3, self.h, -1).permute(2, 0, 3, 1, 4)
        x = x + self.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, d))
        return x + self.mlp(self.n2(x))


class GPT(nn.Module):
    def __init__(self, vocab: int, d: int = 768, n: int = 12) -> None:
        super().__init__()
        self.e, self.p = nn.Embedding(vocab, d), nn.Embedding(1024, d)
        self.blocks = nn.Sequential(*[Block(d, 12) for _ in range(n)])
        self.head = nn.Linear(d, vocab, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(self.e(x) + self.p.weight[: x.size(1)]))


def train(stream, vocab: int, steps: int = 100_000) -> None:
    torch.manual_seed(4)
    net = GPT(vocab).cuda().train()
    opt = torch.optim.AdamW(net.parameters(), lr=1.5e-3, betas=(0.9, 0.95), weight_decay=0.0)  # PLANTED
    for step, x in zip(range(steps), stream):
        x = x.cuda()
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = F.cross_entropy(net(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten())
        opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
