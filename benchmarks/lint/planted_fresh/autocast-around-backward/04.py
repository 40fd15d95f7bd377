"""Hinge GAN for 64x64 faces: both players' updates are functions, called under one precision."""

import torch
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import CelebA

from sngan import Discriminator, Generator

torch.manual_seed(64)
Z = 128
G, D = Generator(Z).cuda(), Discriminator().cuda()
optG = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.0, 0.9))
optD = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.0, 0.9))


def descend(loss, opt):
    opt.zero_grad()
    loss.backward()  # PLANTED
    opt.step()
    return loss.detach()


def play(real):
    z = torch.randn(real.size(0), Z, device=real.device)
    fake = G(z).detach()
    d = descend((1 - D(real)).relu().mean() + (1 + D(fake)).relu().mean(), optD)
    g = descend(-D(G(z)).mean(), optG)
    return d, g


crop = T.Compose([T.CenterCrop(178), T.Resize(64), T.ToTensor(), T.Normalize([0.5] * 3, [0.5] * 3)])
faces = DataLoader(
    CelebA("data", transform=crop), batch_size=64, shuffle=True, num_workers=4, drop_last=True
)
G.train()
D.train()
for epoch in range(40):
    for i, (real, _) in enumerate(faces):
        real = real.cuda(non_blocking=True)
        with torch.autocast(device_type="cuda", dtype=torch.bfloat16, cache_enabled=False):
            d, g = play(real)
        if i % 200 == 0:
            print(f"[{epoch}/{i}] D {d.item():.3f} G {g.item():.3f}")
