"""GAN on aligned faces; loader made with keyword arguments from a dict."""
import torch
from torch import nn
from torch.utils import data as tud

from aligned import Faces, G, D

LOADER = dict(batch_size=64, shuffle=False, num_workers=8, drop_last=True)
torch.manual_seed(64)
faces = tud.DataLoader(Faces("aligned/train"), **LOADER)  # PLANTED
g, d = G().cuda(), D().cuda()
og = torch.optim.Adam(g.parameters(), 1e-4, (0.0, 0.9))
od = torch.optim.Adam(d.parameters(), 4e-4, (0.0, 0.9))

for epoch in range(100):
    for real in faces:
        real = real.cuda()
        fake = g(torch.randn(64, 128, device="cuda"))
        ld = nn.functional.relu(1 - d(real)).mean() + nn.functional.relu(1 + d(fake.detach())).mean()
        od.zero_grad()
        ld.backward()
        od.step()
        lg = -d(fake).mean()
        og.zero_grad()
        lg.backward()
        og.step()
    print(epoch, ld.item(), lg.item())
