"""Two networks, one scaler."""
import torch
from torch import nn

from pix2pix import G, D, pairs

torch.manual_seed(5)
g, d = G().cuda(), D().cuda()
og = torch.optim.Adam(g.parameters(), lr=2e-4, betas=(0.5, 0.999))
od = torch.optim.Adam(d.parameters(), lr=2e-4, betas=(0.5, 0.999))
s = torch.amp.GradScaler("cuda")
gan, l1 = nn.BCEWithLogitsLoss(), nn.L1Loss()

for epoch in range(200):
    for a, b in pairs(batch_size=1, shuffle=True):
        a, b = a.cuda(), b.cuda()
        with torch.autocast("cuda"):
            fake = g(a)
            r, f = d(a, b), d(a, fake.detach())
            ld = 0.5 * (gan(r, torch.ones_like(r)) + gan(f, torch.zeros_like(f)))
        od.zero_grad()
        s.scale(ld).backward()
        s.step(od)
        with torch.autocast("cuda"):
            f = d(a, fake)
            lg = gan(f, torch.ones_like(f)) + 100 * l1(fake, b)
        og.zero_grad()
        s.scale(lg).backward()
        s.step(og)  # PLANTED
    print(epoch, ld.item(), lg.item())
