"""Pretrain a masked autoencoder over tabular rows with a small transformer."""
import math

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader


class RowEncoder(nn.Module):
    def __init__(self, columns, dim=96, layers=4):
        super().__init__()
        self.value = nn.Parameter(torch.randn(columns, dim) * 0.02)
        self.column = nn.Parameter(torch.randn(columns, dim) * 0.02)
        self.hole = nn.Parameter(torch.zeros(dim))
        block = nn.TransformerEncoderLayer(dim, 4, 4 * dim, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, 1)

    def forward(self, x, hidden):
        tok = x.unsqueeze(-1) * self.value
        tok = torch.where(hidden.unsqueeze(-1), self.hole, tok) + self.column
        return self.out(self.norm(self.blocks(tok))).squeeze(-1)


def make_optimizer(model, lr, wd):
    decay, plain = [], []
    for name, p in model.named_parameters():
        if p.ndim >= 2:
            decay.append(p)
        elif name.endswith("bias"):
            plain.append(p)
    groups = [{"params": decay, "weight_decay": wd}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.95))  # PLANTED


torch.manual_seed(16)
rows = torch.load("rows.pt", weights_only=True)
loader = DataLoader(rows, batch_size=512, shuffle=True, drop_last=True)
model = RowEncoder(rows.size(1))
opt = make_optimizer(model, lr=1e-3, wd=0.05)
epochs, warm = 50, 500
total = epochs * len(loader)
sched = LambdaLR(opt, lambda s: min((s + 1) / warm, 0.5 * (1 + math.cos(math.pi * s / total))))

for epoch in range(epochs):
    seen = torch.zeros(())
    for x in loader:
        hidden = torch.rand_like(x) < 0.3
        err = (model(x, hidden) - x)[hidden].square().mean()
        opt.zero_grad()
        err.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        sched.step()
        seen += err.detach()
    print(f"epoch {epoch:3d}  masked mse {seen.item() / len(loader):.4f}")
