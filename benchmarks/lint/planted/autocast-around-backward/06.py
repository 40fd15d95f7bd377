"""Style-based GAN generator update under autocast, typed."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus


class Steps:
    def __init__(self, g: nn.Module, d: nn.Module) -> None:
        self.g, self.d = g.cuda(), d.cuda()
        self.og = torch.optim.Adam(g.parameters(), 2e-3, (0.0, 0.99))
        self.od = torch.optim.Adam(d.parameters(), 2e-3, (0.0, 0.99))

    def disc(self, real: Tensor) -> Tensor:
        with torch.autocast("cuda", dtype=torch.bfloat16):
            fake = self.g(torch.randn(len(real), 512, device=real.device)).detach()
            loss = softplus(self.d(fake)).mean() + softplus(-self.d(real)).mean()
            self.od.zero_grad(set_to_none=True)
            loss.backward()  # PLANTED
        self.od.step()
        return loss.detach()

    def gen(self, n: int) -> Tensor:
        with torch.autocast("cuda", dtype=torch.bfloat16):
            loss = softplus(-self.d(self.g(torch.randn(n, 512, device="cuda")))).mean()
        self.og.zero_grad(set_to_none=True)
        loss.backward()
        self.og.step()
        return loss.detach()


def train(g: nn.Module, d: nn.Module, loader) -> None:
    torch.manual_seed(0)
    steps = Steps(g, d)
    for i, real in enumerate(loader):
        ld, lg = steps.disc(real.cuda()), steps.gen(len(real))
        if i % 200 == 0:
            print(f"{i}: d {ld.item():.3f} g {lg.item():.3f}")
