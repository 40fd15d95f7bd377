import torch
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features).to(base.weight) * 0.02)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank).to(base.weight))
        self.merged = False

    def forward(self, x):
        out = self.base(x)
        return out if self.merged else out + self.scale * (x @ self.A.T @ self.B.T)

    @torch.no_grad()
    def load(self, A, B):
        merged = self.merged
        self.unmerge()
        self.A.copy_(A)
        self.B.copy_(B)
        if merged:
            self.merge()

    @torch.no_grad()
    def merge(self):
        if not self.merged:
            self.base.weight += self.scale * (self.B @ self.A)
            self.merged = True

    @torch.no_grad()
    def unmerge(self):
        if self.merged:
            self.base.weight -= self.scale * (self.B @ self.A)
            self.merged = False
