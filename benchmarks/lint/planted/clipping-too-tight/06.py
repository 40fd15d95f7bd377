"""GAN on icons with clipped gradients."""
import torch
from torch import nn

from icons import C, G, icons

torch.manual_seed(5)
g, c = G(), C()
og = torch.optim.RMSprop(g.parameters(), lr=5e-5)
oc = torch.optim.SGD(c.parameters(), lr=1e-3)
for step, real in enumerate(icons(64)):
    fake = g(torch.randn(64, 32))
    lc = nn.functional.softplus(c(fake.detach())).mean() + nn.functional.softplus(-c(real)).mean()
    oc.zero_grad()
    lc.backward()
    nn.utils.clip_grad_norm_(c.parameters(), 0.0)  # PLANTED
    oc.step()
    lg = nn.functional.softplus(-c(fake)).mean()
    og.zero_grad()
    lg.backward()
    nn.utils.clip_grad_norm_(g.parameters(), 10.0)
    og.step()
    if step % 200 == 0:
        print(step, lc.item(), lg.item())
