"""Turn summer into winter with a least-squares GAN, one scaler for each player."""

import torch
from torch.amp import GradScaler, autocast
from torch.utils.data import DataLoader

from seasons import PatchCritic, ResnetGenerator, SummerWinter

torch.manual_seed(4)
G, D = ResnetGenerator().cuda().train(), PatchCritic().cuda().train()
opt_g = torch.optim.Adam(G.parameters(), lr=2e-4, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.5, 0.999))
scale_g, scale_d = GradScaler("cuda"), GradScaler("cuda")


def critic_turn(fake, winter):
    opt_d.zero_grad()
    with autocast("cuda", dtype=torch.float16):
        loss = (D(winter) - 1).square().mean() + D(fake.detach()).square().mean()
    scale_d.scale(loss).backward()
    scale_d.step(opt_d)
    scale_d.update()
    return loss.detach()


def generator_turn(fake, summer):
    opt_g.zero_grad()
    with autocast("cuda", dtype=torch.float16):
        loss = (D(fake) - 1).square().mean() + 5.0 * (fake - summer).abs().mean()
    scale_g.scale(loss).backward()
    scale_g.step(opt_g)  # PLANTED
    return loss.detach()


loader = DataLoader(SummerWinter("yosemite"), batch_size=4, shuffle=True, num_workers=4)
for epoch in range(100):
    for i, (summer, winter) in enumerate(loader):
        summer, winter = summer.cuda(), winter.cuda()
        with autocast("cuda", dtype=torch.float16):
            fake = G(summer)
        d, g = critic_turn(fake, winter), generator_turn(fake, summer)
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} critic {d.item():.3f} generator {g.item():.3f}")
