"""GAN with mean losses of each epoch."""
import torch
from torch import nn

from mygan import D, G, loader

torch.manual_seed(6)
g, d = G().cuda(), D().cuda()
og = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
od = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

for epoch in range(30):
    d_sum, g_sum, n = 0.0, torch.zeros((), device="cuda"), 0
    for real in loader:
        real = real.cuda()
        fake = g(torch.randn(len(real), 100, device="cuda"))
        a, b = d(real), d(fake.detach())
        ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
        od.zero_grad()
        ld.backward()
        od.step()
        b = d(fake)
        lg = bce(b, torch.ones_like(b))
        og.zero_grad()
        lg.backward()
        og.step()
        d_sum += ld.item() * len(real)  # PLANTED
        g_sum += lg.detach() * len(real)
        n += len(real)
    print(epoch, d_sum / n, g_sum.item() / n)
