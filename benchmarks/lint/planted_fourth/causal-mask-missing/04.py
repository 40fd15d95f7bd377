"""Autoregressive model over EnCodec audio tokens, with rotary positions."""
import argparse
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset


class TokenCrops(Dataset):
    def __init__(self, folder: Path, length: int, train: bool):
        self.clips = [torch.load(p, weights_only=True) for p in sorted(folder.glob("*.pt"))]
        self.length, self.train = length, train

    def __len__(self):
        return len(self.clips)

    def __getitem__(self, i):
        clip = self.clips[i]
        room = len(clip) - self.length - 1
        start = int(torch.randint(room + 1, ())) if self.train else 0
        return clip[start:start + self.length + 1].long()


def rotary(x, base=10000.0):
    T, D = x.shape[-2:]
    freq = base ** (-torch.arange(0, D, 2, device=x.device) / D)
    ang = torch.arange(T, device=x.device)[:, None] * freq
    cos, sin = ang.cos().to(x.dtype), ang.sin().to(x.dtype)
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), dim=-1).flatten(-2)


class Attention(nn.Module):
    def __init__(self, dim, heads, dropout, max_len):
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        self.flash = hasattr(F, "scaled_dot_product_attention")
        if not self.flash:
            self.register_buffer("bias", torch.ones(max_len, max_len, dtype=torch.bool).tril(), persistent=False)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        q, k = rotary(q), rotary(k)
        p = self.dropout if self.training else 0.0
        if self.flash:
            y = F.scaled_dot_product_attention(q, k, v, dropout_p=p)  # PLANTED
        else:
            att = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))
            att = att.masked_fill(~self.bias[:T, :T], float("-inf")).softmax(-1)
            y = F.dropout(att, p, self.training) @ v
        return self.out(y.transpose(1, 2).reshape(B, T, C))


class Block(nn.Module):
    def __init__(self, dim, heads, dropout, max_len):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = Attention(dim, heads, dropout, max_len)
        self.ff = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Linear(4 * dim, dim), nn.Dropout(dropout))

    def forward(self, x):
        x = x + self.attn(self.n1(x))
        return x + self.ff(self.n2(x))


class AudioLM(nn.Module):
    def __init__(self, vocab, dim, depth, heads, dropout, max_len):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.blocks = nn.ModuleList([Block(dim, heads, dropout, max_len) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, vocab, bias=False)

    def forward(self, ids):
        x = self.embed(ids)
        for blk in self.blocks:
            x = blk(x)
        return self.head(self.norm(x))


def next_token_loss(model, ids, device):
    ids = ids.to(device, non_blocking=True)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        logits = model(ids[:, :-1])
    return F.cross_entropy(logits.float().flatten(0, 1), ids[:, 1:].flatten())


@torch.no_grad()
def validate(model, loader, device):
    model.eval()
    return torch.stack([next_token_loss(model, b, device) for b in loader]).mean().item()


def lr_at(step, warmup, total):
    if step < warmup:
        return (step + 1) / warmup
    return 0.1 + 0.45 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--tokens", type=Path, default=Path("tokens"))
    ap.add_argument("--vocab", type=int, default=1024)
    ap.add_argument("--length", type=int, default=1024)
    ap.add_argument("--dim", type=int, default=512)
    ap.add_argument("--depth", type=int, default=8)
    ap.add_argument("--heads", type=int, default=8)
    ap.add_argument("--dropout", type=float, default=0.1)
    ap.add_argument("--batch", type=int, default=16)
    ap.add_argument("--epochs", type=int, default=100)
    ap.add_argument("--lr", type=float, default=4e-4)
    ap.add_argument("--warmup", type=int, default=1000)
    a = ap.parse_args()

    torch.manual_seed(99)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train = DataLoader(TokenCrops(a.tokens / "train", a.length, True), a.batch, shuffle=True, drop_last=True, num_workers=4)
    valid = DataLoader(TokenCrops(a.tokens / "valid", a.length, False), a.batch, num_workers=2)
    model = AudioLM(a.vocab, a.dim, a.depth, a.heads, a.dropout, a.length).to(device)
    groups = [{"params": [p for p in model.parameters() if p.ndim >= 2], "weight_decay": 0.1},
              {"params": [p for p in model.parameters() if p.ndim < 2], "weight_decay": 0.0}]
    opt = torch.optim.AdamW(groups, lr=a.lr, betas=(0.9, 0.95))
    total = a.epochs * len(train)
    sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda s: lr_at(s, a.warmup, total))

    for epoch in range(a.epochs):
        model.train()
        for i, batch in enumerate(train):
            loss = next_token_loss(model, batch, device)
            opt.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            sched.step()
            if i % 50 == 0:
                print(f"epoch {epoch} it {i} loss {loss.item():.3f}")
        print(f"epoch {epoch} valid {validate(model, valid, device):.3f}")
    torch.save(model.state_dict(), "audiolm.pt")


if __name__ == "__main__":
    main()
