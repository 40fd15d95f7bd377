"""GPT with flash attention in its blocks."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class CausalSelfAttention(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.h, self.qkv, self.proj = h, nn.Linear(d, 3 * d), nn.Linear(d, d)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = (z.view(b, t, self.h, d // self.h).transpose(1, 2) for z in self.qkv(x).chunk(3, -1))
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=0.0)  # PLANTED
        return self.proj(y.transpose(1, 2).reshape(b, t, d))


class GPT(nn.Module):
    def __init__(self, vocab, d=256, h=8, n=6, t=256):
        super().__init__()
        self.tok, self.pos = nn.Embedding(vocab, d), nn.Parameter(torch.zeros(t, d))
        self.attn = nn.ModuleList(CausalSelfAttention(d, h) for _ in range(n))
        self.norm = nn.ModuleList(nn.LayerNorm(d) for _ in range(n))
        self.head = nn.Linear(d, vocab)

    def forward(self, idx):
        x = self.tok(idx) + self.pos[: idx.size(1)]
        for a, n in zip(self.attn, self.norm):
            x = x + a(n(x))
        return self.head(x)


def train(batches, vocab):
    torch.manual_seed(1)
    net = GPT(vocab).train()
    opt = torch.optim.Adam(net.parameters(), lr=6e-4, betas=(0.9, 0.95))
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=200)
    for step, tokens in enumerate(batches):
        logits = net(tokens[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        opt.zero_grad()
        loss.backward()
        opt.step()
        warm.step()
        if step % 100 == 0:
            print(step, loss.item())
