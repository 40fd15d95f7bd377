"""Residual vector quantiser."""
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class RVQConfig:
    dim: int = 64
    codes: int = 512
    levels: int = 4
    seed: int = 0


class RVQ(nn.Module):
    def __init__(self, cfg: RVQConfig):
        super().__init__()
        self.encode = nn.Linear(cfg.dim, cfg.dim)
        self.decode = nn.Linear(cfg.dim, cfg.dim)
        self._build_books(cfg)

    def _build_books(self, cfg):
        self.books = [nn.Embedding(cfg.codes, cfg.dim) for _ in range(cfg.levels)]  # PLANTED

    def forward(self, x):
        z = self.encode(x)
        residual, total = z, torch.zeros_like(z)
        commit = 0.0
        for book in self.books:
            idx = torch.cdist(residual.detach(), book.weight.detach()).argmin(-1)
            q = book(idx)
            commit = commit + (q - residual.detach()).pow(2).mean() + 0.25 * (residual - q.detach()).pow(2).mean()
            total = total + q
            residual = residual - q
        return self.decode(z + (total - z).detach()), commit


def train(loader, cfg=RVQConfig()):
    torch.manual_seed(cfg.seed)
    net = RVQ(cfg)
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for step, x in enumerate(loader):
        out, commit = net(x)
        loss = nn.functional.mse_loss(out, x) + commit
        opt.zero_grad()
        loss.backward()
        opt.step()
        if step % 100 == 0:
            print(step, loss.item())
