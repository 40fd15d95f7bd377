"""GAN on sketches, with a history dictionary."""
import torch
from torch import nn

from sketches import Gen, Disc, loader

torch.manual_seed(67)
gen, disc = Gen(), Disc()
og = torch.optim.Adam(gen.parameters(), lr=2e-4, betas=(0.5, 0.99))
od = torch.optim.Adam(disc.parameters(), lr=2e-4, betas=(0.5, 0.99))
lossf = nn.BCEWithLogitsLoss()
history = {"g": [], "d": []}

for epoch in range(40):
    for real in loader:
        z = torch.randn(real.shape[0], 64)
        fake = gen(z)
        od.zero_grad()
        a, b = disc(real), disc(fake.detach())
        d_loss = lossf(a, torch.ones_like(a)) + lossf(b, torch.zeros_like(b))
        d_loss.backward()
        od.step()
        history["d"].append(d_loss.detach())

        og.zero_grad()
        b = disc(fake)
        g_loss = lossf(b, torch.ones_like(b))
        g_loss.backward()
        og.step()
        history["g"].append(g_loss)  # PLANTED
    print(epoch, d_loss.item(), g_loss.item())

torch.save({"g": gen.state_dict(), "d": disc.state_dict(), "og": og.state_dict(), "od": od.state_dict()}, "gan.pt")
