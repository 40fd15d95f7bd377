"""GAN on toy data."""
import torch
from torch import nn

from toy import G, D, samples

torch.manual_seed(2)
g, d = G(), D()
og = torch.optim.Adam(g.parameters(), 1e-3, (0.5, 0.999))
od = torch.optim.Adam(d.parameters(), 1e-3, (0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

for step in range(10_000):
    real = samples(128)
    fake = g(torch.randn(128, 16))
    a, b = d(real), d(fake)
    ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
    od.zero_grad()
    ld.backward(retain_graph=True)  # PLANTED
    od.step()

    fresh = g(torch.randn(128, 16))
    c = d(fresh)
    lg = bce(c, torch.ones_like(c))
    og.zero_grad()
    lg.backward()
    og.step()
    if step % 500 == 0:
        print(step, ld.item(), lg.item())
