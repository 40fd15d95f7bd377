"""GAN whose generator comes from a checkpoint of samples."""
import torch
from torch import nn

from gan import D, G, loader

torch.manual_seed(7)
g = G()
g.load_state_dict(torch.load("g.pt", weights_only=True))
g.eval()  # PLANTED
d = D()
og = torch.optim.Adam(g.parameters(), lr=1e-4, betas=(0.5, 0.999))
od = torch.optim.Adam(d.parameters(), lr=1e-4, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
for epoch in range(40):
    d.train()
    for real in loader:
        fake = g(torch.randn(len(real), 100, 1, 1))
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
    print(epoch, ld.item(), lg.item())
