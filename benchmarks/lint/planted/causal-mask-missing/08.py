"""Forecast every next value of a series with attention, accelerate."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn


class NextValue(nn.Module):
    def __init__(self, d=64, t=200):
        super().__init__()
        self.inp, self.pos = nn.Linear(1, d), nn.Parameter(torch.randn(t, d) * 0.02)
        self.enc = nn.TransformerEncoderLayer(d_model=d, nhead=4, batch_first=True)
        self.out = nn.Linear(d, 1)

    def forward(self, x):
        h = self.inp(x.unsqueeze(-1)) + self.pos[: x.size(1)]
        return self.out(self.enc(h, is_causal=False)).squeeze(-1)  # PLANTED


def main(loader, epochs=20):
    set_seed(7)
    acc = Accelerator()
    net = NextValue()
    opt = torch.optim.Adam(net.parameters(), lr=3e-4)
    warm = torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=200)
    net, opt, loader, warm = acc.prepare(net, opt, loader, warm)
    for epoch in range(epochs):
        net.train()
        for series in loader:
            loss = nn.functional.l1_loss(net(series[:, :-1]), series[:, 1:])
            opt.zero_grad()
            acc.backward(loss)
            opt.step()
            warm.step()
        acc.print(epoch, loss.item())
