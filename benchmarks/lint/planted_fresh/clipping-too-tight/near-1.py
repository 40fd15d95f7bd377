"""Wasserstein GAN on bedroom pictures, its critic's weights held in a small box."""

import torch
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import LSUN

from dcgan import Critic, Generator

torch.manual_seed(70)
clip_value = 0.01
n_critic = 5
gen, critic = Generator(100).cuda().train(), Critic().cuda().train()
opt_g = torch.optim.RMSprop(gen.parameters(), lr=5e-5)
opt_c = torch.optim.RMSprop(critic.parameters(), lr=5e-5)
view = T.Compose([T.Resize(64), T.CenterCrop(64), T.ToTensor(), T.Normalize([0.5] * 3, [0.5] * 3)])
rooms = LSUN("lsun", classes=["bedroom_train"], transform=view)
loader = DataLoader(rooms, batch_size=64, shuffle=True, num_workers=4, drop_last=True)

for epoch in range(10):
    for i, (real, _) in enumerate(loader):
        z = torch.randn(64, 100, 1, 1, device="cuda")
        opt_c.zero_grad()
        loss_c = critic(gen(z).detach()).mean() - critic(real.cuda()).mean()
        loss_c.backward()
        opt_c.step()
        with torch.no_grad():
            for p in critic.parameters():
                p.clamp_(-clip_value, clip_value)
        if i % n_critic == 0:
            opt_g.zero_grad()
            loss_g = -critic(gen(torch.randn_like(z))).mean()
            loss_g.backward()
            opt_g.step()
        if i % 500 == 0:
            print(f"epoch {epoch} batch {i} W {-loss_c.item():.4f} G {loss_g.item():.4f}")
