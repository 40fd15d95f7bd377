"""DCGAN training on CelebA crops with two optimizers."""
import torch
import torch.nn as nn
from torch.optim import Adam

from models import Discriminator, Generator
from data import celeba_loader

torch.manual_seed(999)
nz = 100
dev = torch.device("cuda")
netG, netD = Generator(nz).to(dev), Discriminator().to(dev)
bce = nn.BCEWithLogitsLoss()
optD = Adam(netD.parameters(), lr=2e-4, betas=(0.5, 0.999))
optG = Adam(netG.parameters(), lr=2e-4, betas=(0.5, 0.999))

for epoch in range(25):
    for i, real in enumerate(celeba_loader(batch_size=128, shuffle=True)):
        real = real.to(dev)
        b = real.size(0)
        ones, zeros = torch.ones(b, device=dev), torch.zeros(b, device=dev)
        fake = netG(torch.randn(b, nz, 1, 1, device=dev))

        # discriminator
        lossD = bce(netD(real).view(-1), ones) + bce(netD(fake.detach()).view(-1), zeros)
        lossD.backward()  # PLANTED
        optD.step()

        # generator
        optG.zero_grad()
        lossG = bce(netD(fake).view(-1), ones)
        lossG.backward()
        optG.step()

        if i % 50 == 0:
            print(f"[{epoch}][{i}] D {lossD.item():.3f} G {lossG.item():.3f}")
