"""Image-to-image GAN from maps to aerial photographs, both players in half precision."""

import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader

from pix2pix import MapPhotoPairs, PatchD, UNetG

torch.manual_seed(286)
gen, dis = UNetG().cuda().train(), PatchD().cuda().train()
adam = dict(lr=2e-4, betas=(0.5, 0.999))
g_opt = torch.optim.Adam(gen.parameters(), **adam)
d_opt = torch.optim.Adam(dis.parameters(), **adam)
g_scaler, d_scaler = torch.amp.GradScaler("cuda"), torch.amp.GradScaler("cuda")
bce, l1 = nn.BCEWithLogitsLoss(), nn.L1Loss()
pairs = DataLoader(MapPhotoPairs("maps/train"), batch_size=4, shuffle=True, drop_last=True)


def real_or_fake(logits, real):
    return bce(logits, torch.full_like(logits, float(real)))


def half():
    return torch.autocast("cuda", dtype=torch.float16)


for epoch, (i, (plan, photo)) in itertools.product(range(100), enumerate(pairs)):
    plan, photo = plan.cuda(), photo.cuda()
    with half():
        fake = gen(plan)

    d_opt.zero_grad()
    with half():
        d_loss = real_or_fake(dis(plan, photo), True)
        d_loss = d_loss + real_or_fake(dis(plan, fake.detach()), False)
    d_scaler.scale(d_loss).backward()
    d_scaler.unscale_(d_opt)
    nn.utils.clip_grad_norm_(dis.parameters(), 1.0)
    d_scaler.step(d_opt)
    d_scaler.update()

    g_opt.zero_grad()
    with half():
        g_loss = real_or_fake(dis(plan, fake), True) + 100 * l1(fake, photo)
    g_scaler.scale(g_loss).backward()
    nn.utils.clip_grad_norm_(gen.parameters(), 1.0)  # PLANTED
    g_scaler.step(g_opt)
    g_scaler.update()
    if i % 50 == 0:
        print(f"{epoch}:{i} D {d_loss.item():.3f} G {g_loss.item():.3f}")
