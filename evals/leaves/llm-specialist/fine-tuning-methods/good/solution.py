import torch
import torch.nn.functional as F
from torch import nn


class LoRALinear(nn.Module):
    def __init__(self, base, rank, alpha):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.scale = alpha / rank
        self.A = nn.Parameter(torch.randn(rank, base.in_features) / base.in_features**0.5)
        self.B = nn.Parameter(torch.zeros(base.out_features, rank))
        self._pristine = None

    def forward(self, x):
        out = self.base(x)
        if self._pristine is not None:
            return out
        return out + (self.scale * F.linear(F.linear(x.float(), self.A), self.B)).to(x.dtype)

    @torch.no_grad()
    def load(self, A, B):
        merged = self._pristine is not None
        self.unmerge()
        self.A.copy_(A)
        self.B.copy_(B)
        if merged:
            self.merge()

    @torch.no_grad()
    def merge(self):
        if self._pristine is None:
            self._pristine = self.base.weight.detach().clone()
            self.base.weight.copy_(self._pristine.float() + self.scale * (self.B @ self.A))

    @torch.no_grad()
    def unmerge(self):
        if self._pristine is not None:
            self.base.weight.copy_(self._pristine)
            self._pristine = None
