"""GPT with LayerNorm; the trainer makes the optimizer."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.att = nn.MultiheadAttention(d, h, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.GELU(), nn.Linear(4 * d, d))

    def forward(self, x, mask):
        y = self.n1(x)
        x = x + self.att(y, y, y, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(self.n2(x))


class GPT(nn.Module):
    def __init__(self, vocab, d=128, h=4, n=4, t=128):
        super().__init__()
        self.tok, self.pos = nn.Embedding(vocab, d), nn.Embedding(t, d)
        self.blocks = nn.ModuleList(Block(d, h) for _ in range(n))
        self.head = nn.Linear(d, vocab)
        self.register_buffer("mask", torch.triu(torch.ones(t, t, dtype=torch.bool), 1))

    def forward(self, idx):
        t = idx.size(1)
        x = self.tok(idx) + self.pos.weight[:t]
        for b in self.blocks:
            x = b(x, self.mask[:t, :t])
        return self.head(x)


class Trainer:
    def __init__(self, vocab):
        torch.manual_seed(1)
        self.net = GPT(vocab)
        self.opt = torch.optim.AdamW(self.net.parameters(), lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1)  # PLANTED
        self.warm = torch.optim.lr_scheduler.LinearLR(self.opt, 0.01, total_iters=100)

    def fit(self, batches):
        for step, (x, y) in enumerate(batches):
            loss = F.cross_entropy(self.net(x).flatten(0, 1), y.flatten())
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            self.warm.step()
            if step % 100 == 0:
                print(step, loss.item())
