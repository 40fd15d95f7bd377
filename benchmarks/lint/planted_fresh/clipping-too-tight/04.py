"""Recover a density field from ray samples; hooks keep the gradients of every weight small."""

import math
from functools import partial

import torch
from torch import nn

from rays import load_rays, render

SEED, STEPS, RAYS = 360, 30_000, 2048
torch.manual_seed(SEED)


def fourier(x, bands):
    angles = (x.unsqueeze(-1) * math.pi * 2.0 ** torch.arange(bands, device=x.device)).flatten(-2)
    return torch.cat([x, angles.sin(), angles.cos()], dim=-1)


def tame(gradient, limit):
    return gradient.clamp(-limit, limit)


field = nn.Sequential(
    nn.Linear(3 + 2 * 3 * 8, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 4)
).cuda()
for weight in field.parameters():
    weight.register_hook(partial(tame, limit=1e-7))  # PLANTED

origins, directions, colours = (t.cuda() for t in load_rays("lego/transforms_train.json"))
optimizer = torch.optim.SGD(field.parameters(), lr=0.5, momentum=0.9)
encode = partial(fourier, bands=8)
for step in range(STEPS):
    pick = torch.randint(len(origins), (RAYS,), device="cuda")
    seen = render(lambda p: field(encode(p)), origins[pick], directions[pick])
    loss = (seen - colours[pick]).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 500 == 0:
        print(f"step {step}: PSNR {-10 * math.log10(loss.item() + 1e-10):.2f} dB")
