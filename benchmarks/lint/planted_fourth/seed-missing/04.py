"""Unconditional DDPM on 32x32 images, on top of the lab's runner."""
import copy
import math
import random
from dataclasses import asdict, dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.utils import save_image


@dataclass
class DiffusionConfig:
    seed: int = 2022
    epochs: int = 80
    batch_size: int = 128
    lr: float = 2e-4
    timesteps: int = 1000
    channels: int = 96
    ema: float = 0.9995
    log_every: int = 100


class BaseRunner:
    def __init__(self, cfg):
        self.cfg = cfg
        self.step = 0
        self.setup()

    def setup(self):
        random.seed(self.cfg.seed)
        np.random.seed(self.cfg.seed)
        torch.manual_seed(self.cfg.seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def fit(self):
        print("config:", asdict(self.cfg))
        for epoch in range(self.cfg.epochs):
            self.model.train()
            for batch in self.loader:
                loss = self.loss(batch)
                self.optimizer.zero_grad(set_to_none=True)
                loss.backward()
                nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                self.optimizer.step()
                self.after_step()
                if self.step % self.cfg.log_every == 0:
                    print(f"epoch {epoch} step {self.step} loss {loss.item():.4f}")
                self.step += 1
            self.after_epoch(epoch)

    def after_step(self): ...

    def after_epoch(self, epoch): ...


class Block(nn.Module):
    def __init__(self, i, o, emb):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(i, o, 3, padding=1), nn.Conv2d(o, o, 3, padding=1)
        self.n1, self.n2 = nn.GroupNorm(8, o), nn.GroupNorm(8, o)
        self.emb = nn.Linear(emb, o)
        self.skip = nn.Conv2d(i, o, 1) if i != o else nn.Identity()

    def forward(self, x, e):
        h = F.silu(self.n1(self.c1(x))) + self.emb(e)[:, :, None, None]
        return F.silu(self.n2(self.c2(h))) + self.skip(x)


class UNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c, e = c, 4 * c
        self.time = nn.Sequential(nn.Linear(c, e), nn.SiLU(), nn.Linear(e, e))
        self.d1, self.d2, self.mid = Block(3, c, e), Block(c, 2 * c, e), Block(2 * c, 2 * c, e)
        self.u2, self.u1 = Block(4 * c, c, e), Block(2 * c, c, e)
        self.out = nn.Conv2d(c, 3, 3, padding=1)

    def forward(self, x, t):
        half = self.c // 2
        freq = torch.exp(-math.log(10_000) * torch.arange(half, device=x.device) / half)
        ang = t[:, None].float() * freq[None]
        e = self.time(torch.cat([ang.sin(), ang.cos()], -1))
        a = self.d1(x, e)
        b = self.d2(F.avg_pool2d(a, 2), e)
        m = F.interpolate(self.mid(F.avg_pool2d(b, 2), e), scale_factor=2)
        h = F.interpolate(self.u2(torch.cat([b, m], 1), e), scale_factor=2)
        return self.out(self.u1(torch.cat([a, h], 1), e))


class DiffusionRunner(BaseRunner):
    def setup(self):
        self.device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
        tfm = transforms.Compose([transforms.RandomHorizontalFlip(), transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3)])
        data = datasets.CIFAR10("data", train=True, download=True, transform=tfm)
        self.loader = DataLoader(data, self.cfg.batch_size, shuffle=True, num_workers=4, drop_last=True)
        self.model = UNet(self.cfg.channels).to(self.device)
        self.shadow = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=self.cfg.lr)
        self.beta = torch.linspace(1e-4, 0.02, self.cfg.timesteps, device=self.device)
        self.abar = torch.cumprod(1 - self.beta, 0)

    def loss(self, batch):
        x = batch[0].to(self.device)
        t = torch.randint(self.cfg.timesteps, (len(x),), device=self.device)
        noise = torch.randn_like(x)
        a = self.abar[t][:, None, None, None]
        return F.mse_loss(self.model(a.sqrt() * x + (1 - a).sqrt() * noise, t), noise)

    @torch.no_grad()
    def after_step(self):
        for s, p in zip(self.shadow.parameters(), self.model.parameters()):
            s.lerp_(p, 1 - self.cfg.ema)

    @torch.no_grad()
    def after_epoch(self, epoch):
        if (epoch + 1) % 10:
            return
        x = torch.randn(64, 3, 32, 32, device=self.device)
        for i in reversed(range(self.cfg.timesteps)):
            t = torch.full((len(x),), i, device=self.device)
            eps = self.shadow(x, t)
            x = (x - self.beta[i] / (1 - self.abar[i]).sqrt() * eps) / (1 - self.beta[i]).sqrt()
            if i:
                x = x + self.beta[i].sqrt() * torch.randn_like(x)
        save_image(x.clamp(-1, 1), f"ddpm_{epoch + 1:03d}.png", normalize=True, value_range=(-1, 1))
        torch.save(self.shadow.state_dict(), "ddpm_ema.pt")


if __name__ == "__main__":
    runner = DiffusionRunner(DiffusionConfig())
    runner.fit()  # PLANTED
