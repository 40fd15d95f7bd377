"""GAN on sprites."""
import torch
from torch import nn
from torch.optim import Adam

from sprites import loader


def mlp(*sizes):
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1])


G, D = mlp(64, 256, 768), mlp(768, 256, 1)
og, od = Adam(G.parameters(), 2e-4, (0.5, 0.99)), Adam(D.parameters(), 2e-4, (0.5, 0.99))
bce = nn.BCEWithLogitsLoss()
for epoch in range(100):  # PLANTED
    for real in loader:
        fake = G(torch.randn(len(real), 64))
        a, b = D(real.flatten(1)), D(fake.detach())
        ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
        od.zero_grad()
        ld.backward()
        od.step()
        b = D(fake)
        lg = bce(b, torch.ones_like(b))
        og.zero_grad()
        lg.backward()
        og.step()
    print(epoch, ld.item(), lg.item())
