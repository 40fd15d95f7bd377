"""Cyclical rates of a GAN; the size of a cycle is in batches."""
import torch
from torch import nn

from icons import D, G, loader

torch.manual_seed(5)
g, d = G(), D()
og = torch.optim.SGD(g.parameters(), lr=1e-3, momentum=0.5)
od = torch.optim.SGD(d.parameters(), lr=1e-3, momentum=0.5)
half = 4 * len(loader)
cg = torch.optim.lr_scheduler.CyclicLR(og, 1e-4, 1e-2, step_size_up=half)
cd = torch.optim.lr_scheduler.CyclicLR(od, 1e-4, 1e-2, step_size_up=half)
sp = nn.functional.softplus
for epoch in range(64):
    for real in loader:
        fake = g(torch.randn(len(real), 64))
        ld = sp(d(fake.detach())).mean() + sp(-d(real)).mean()
        od.zero_grad()
        ld.backward()
        od.step()
        cd.step()
        lg = sp(-d(fake)).mean()
        og.zero_grad()
        lg.backward()
        og.step()
    cg.step()  # PLANTED
    print(epoch, ld.item(), lg.item())
