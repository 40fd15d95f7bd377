"""Conditional GAN for one-hot labels; generator and discriminator alternate."""
import torch
from torch import nn

from cgan.nets import D, G
from cgan.data import loader

torch.manual_seed(77)
g, d = G().cuda(), D().cuda()
g_opt = torch.optim.Adam(g.parameters(), 1e-4, betas=(0.0, 0.9))
d_opt = torch.optim.Adam(d.parameters(), 4e-4, betas=(0.0, 0.9))
adv = nn.BCEWithLogitsLoss()


def set_grad(net, flag):
    for p in net.parameters():
        p.requires_grad_(flag)


for epoch in range(60):
    for n, (img, lab) in enumerate(loader):
        img, lab = img.cuda(), lab.cuda()
        z = torch.randn(len(img), 128, device="cuda")
        fake = g(z, lab)

        set_grad(d, True)
        d_opt.zero_grad()
        real_score, fake_score = d(img, lab), d(fake.detach(), lab)
        d_loss = adv(real_score, torch.ones_like(real_score)) + adv(fake_score, torch.zeros_like(fake_score))
        d_loss.backward()
        d_opt.step()

        set_grad(d, False)
        g_opt.zero_grad()
        score = d(fake, lab)
        g_loss = adv(score, torch.ones_like(score))
        g_loss.backward()  # PLANTED
    print(f"epoch {epoch} d={d_loss.item():.3f} g={g_loss.item():.3f}")
