"""GAN with a scaler for each network, one made in a function."""
import torch
from torch import nn
from torch.cuda import amp as cuda_amp

from g import G, D, loader


def make_scaler():
    return cuda_amp.GradScaler(init_scale=1024.0)  # PLANTED


torch.manual_seed(35)
g, d = G().cuda(), D().cuda()
og = torch.optim.Adam(g.parameters(), 1e-4, (0.5, 0.999))
od = torch.optim.Adam(d.parameters(), 1e-4, (0.5, 0.999))
sg, sd = make_scaler(), make_scaler()
bce = nn.BCEWithLogitsLoss()

for epoch in range(20):
    for real in loader:
        real = real.cuda()
        with torch.autocast("cuda"):
            fake = g(torch.randn(len(real), 100, device="cuda"))
            a, b = d(real), d(fake.detach())
            ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
        od.zero_grad()
        sd.scale(ld).backward()
        sd.step(od)
        sd.update()
        with torch.autocast("cuda"):
            b = d(fake)
            lg = bce(b, torch.ones_like(b))
        og.zero_grad()
        sg.scale(lg).backward()
        sg.step(og)
        sg.update()
    print(epoch, ld.item(), lg.item())
