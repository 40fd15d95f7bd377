"""GAN with a checkpoint of each epoch."""
import torch
from torch import nn

from gan import D, G, loader

torch.manual_seed(3)
g, d = G().cuda(), D().cuda()
og = torch.optim.Adam(g.parameters(), 2e-4, (0.5, 0.999))
od = torch.optim.Adam(d.parameters(), 2e-4, (0.5, 0.999))
bce = nn.BCEWithLogitsLoss()


def save(epoch):
    torch.save({"g": g.state_dict(), "d": d.state_dict(), "og": og.state_dict(), "epoch": epoch}, f"gan_{epoch}.pt")  # PLANTED


for epoch in range(200):
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
    print(epoch, ld.item(), lg.item())
    save(epoch)
