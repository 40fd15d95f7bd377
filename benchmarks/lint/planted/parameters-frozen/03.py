"""GAN that needs no gradients of the discriminator for the generator's step."""
import torch
from torch import nn

from toy import D, G, real_batches

torch.manual_seed(2)
g, d = G(), D()
og = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
od = torch.optim.Adam(d.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
for step, real in enumerate(real_batches(128)):
    fake = g(torch.randn(128, 16))
    a, b = d(real), d(fake.detach())
    ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
    od.zero_grad()
    if ld.requires_grad:
        ld.backward()
        od.step()
    for p in d.parameters():
        p.requires_grad_(False)  # PLANTED
    b = d(fake)
    lg = bce(b, torch.ones_like(b))
    og.zero_grad()
    lg.backward()
    og.step()
    if step % 200 == 0:
        print(step, ld.item(), lg.item())
