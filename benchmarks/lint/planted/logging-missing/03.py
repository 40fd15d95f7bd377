"""DCGAN that only saves images."""
import torch
from torch import nn
from torchvision.utils import save_image

from dcgan import D, G, loader

torch.manual_seed(2)
g, d = G().cuda(), D().cuda()
og = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
od = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
bce = nn.BCEWithLogitsLoss()
for epoch in range(50):  # PLANTED
    for real in loader:
        real = real.cuda()
        fake = g(torch.randn(len(real), 100, 1, 1, device="cuda"))
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
    save_image(fake.detach()[:16], f"{epoch}.png")
