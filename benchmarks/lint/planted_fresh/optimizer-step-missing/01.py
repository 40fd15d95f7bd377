"""Super-resolution with an adversarial term: SRResNet against a patch critic."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from patches import PatchPairs


def conv(i, o, s=1):
    return nn.Sequential(nn.Conv2d(i, o, 3, s, 1), nn.LeakyReLU(0.2))


torch.manual_seed(1)
dev = "cuda"
gen = nn.Sequential(conv(3, 64), conv(64, 64), nn.Conv2d(64, 48, 3, 1, 1), nn.PixelShuffle(4)).to(dev)
critic = nn.Sequential(conv(3, 64, 2), conv(64, 128, 2), nn.Conv2d(128, 1, 3, 1, 1)).to(dev)
g_opt = torch.optim.Adam(gen.parameters(), lr=1e-4, betas=(0.9, 0.999))
c_opt = torch.optim.Adam(critic.parameters(), lr=1e-4, betas=(0.9, 0.999))
pairs = DataLoader(PatchPairs("div2k"), batch_size=16, shuffle=True, num_workers=8)

for epoch in range(100):
    for step, (low, high) in enumerate(pairs):
        low, high = low.to(dev), high.to(dev)
        fake = gen(low)

        # critic
        c_opt.zero_grad()
        real_score, fake_score = critic(high), critic(fake.detach())
        c_loss = F.softplus(-real_score).mean() + F.softplus(fake_score).mean()
        c_loss.backward()  # PLANTED

        # generator
        g_opt.zero_grad()
        g_loss = F.l1_loss(fake, high) + 1e-3 * F.softplus(-critic(fake)).mean()
        g_loss.backward()
        g_opt.step()

        if step % 100 == 0:
            print(f"{epoch}/{step} critic {c_loss.item():.3f} generator {g_loss.item():.3f}")
