"""GAN on sprites."""
import torch
from torch import nn

from gans import Generator, Discriminator, sprites

torch.manual_seed(10)
G, D = Generator(64), Discriminator()
og = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
od = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

for epoch in range(50):
    for real in sprites(batch_size=64, shuffle=True):
        ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
        fake = G(torch.randn(len(real), 64))
        d_loss = bce(D(real), ones) + bce(D(fake.detach()), zeros)
        od.zero_grad()
        d_loss.backward()
        od.step()

        g_loss = bce(D(fake.detach()), ones)  # PLANTED
        og.zero_grad()
        g_loss.backward()
        og.step()
    print(f"{epoch}: d {d_loss.item():.3f} g {g_loss.item():.3f}")
