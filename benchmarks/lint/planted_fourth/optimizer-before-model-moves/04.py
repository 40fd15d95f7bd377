"""Hinge-loss GAN for 64x64 anime faces."""
import types

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder
from torchvision.utils import save_image

hp = types.SimpleNamespace(root="data/faces", z=128, ch=64, batch=64, steps=100_000,
                           lr={"gen": 1e-4, "disc": 4e-4}, n_disc=2, seed=5, sample_every=1000)


class Generator(nn.Module):
    def __init__(self, z, ch):
        super().__init__()
        self.fc = nn.Linear(z, ch * 8 * 4 * 4)
        layers, c = [], ch * 8
        for _ in range(4):
            layers += [nn.BatchNorm2d(c), nn.ReLU(True), nn.Upsample(scale_factor=2),
                       nn.Conv2d(c, c // 2, 3, 1, 1)]
            c //= 2
        self.body = nn.Sequential(*layers, nn.ReLU(True), nn.Conv2d(c, 3, 3, 1, 1), nn.Tanh())
        self.ch = ch

    def forward(self, z):
        return self.body(self.fc(z).view(len(z), self.ch * 8, 4, 4))


class Discriminator(nn.Module):
    def __init__(self, ch):
        super().__init__()
        layers, c_in = [], 3
        for mult in (1, 2, 4, 8):
            layers += [spectral_norm(nn.Conv2d(c_in, ch * mult, 4, 2, 1)), nn.LeakyReLU(0.2, True)]
            c_in = ch * mult
        self.body = nn.Sequential(*layers, nn.Flatten(), spectral_norm(nn.Linear(c_in * 16, 1)))

    def forward(self, x):
        return self.body(x).squeeze(1)


def infinite(loader):
    while True:
        for x, _ in loader:
            yield x


def update_disc(nets, opts, real):
    with torch.no_grad():
        fake = nets["gen"](torch.randn(len(real), hp.z, device=real.device))
    d_real, d_fake = nets["disc"](real), nets["disc"](fake)
    loss = F.relu(1 - d_real).mean() + F.relu(1 + d_fake).mean()
    opts["disc"].zero_grad()
    loss.backward()
    opts["disc"].step()
    return loss.detach()


def update_gen(nets, opts, device):
    fake = nets["gen"](torch.randn(hp.batch, hp.z, device=device))
    nets["disc"].requires_grad_(False)
    loss = -nets["disc"](fake).mean()
    opts["gen"].zero_grad()
    loss.backward()
    opts["gen"].step()
    nets["disc"].requires_grad_(True)
    return loss.detach()


def main():
    torch.manual_seed(hp.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tf = transforms.Compose([
        transforms.Resize(64), transforms.CenterCrop(64), transforms.RandomHorizontalFlip(),
        transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.5] * 3),
    ])
    loader = DataLoader(ImageFolder(hp.root, tf), hp.batch, shuffle=True, num_workers=4,
                        drop_last=True, pin_memory=True)

    nets = {"gen": Generator(hp.z, hp.ch), "disc": Discriminator(hp.ch)}
    opts = {name: torch.optim.Adam(net.parameters(), lr=hp.lr[name], betas=(0.0, 0.9)) for name, net in nets.items()}  # PLANTED
    for name, net in nets.items():
        n_params = sum(p.numel() for p in net.parameters()) / 1e6
        print(f"{name}: {n_params:.2f}M parameters")
        nets[name] = net.to(device).train()

    stream = infinite(loader)
    fixed = torch.randn(64, hp.z, device=device)
    for step in range(1, hp.steps + 1):
        for _ in range(hp.n_disc):
            d_loss = update_disc(nets, opts, next(stream).to(device, non_blocking=True))
        g_loss = update_gen(nets, opts, device)

        if step % 100 == 0:
            print(f"step {step} d {d_loss.item():.4f} g {g_loss.item():.4f}")
        if step % hp.sample_every == 0:
            nets["gen"].eval()
            with torch.no_grad():
                save_image(nets["gen"](fixed), f"faces_{step:06d}.png", nrow=8, normalize=True, value_range=(-1, 1))
            nets["gen"].train()
            torch.save({
                "step": step,
                "nets": {k: v.state_dict() for k, v in nets.items()},
                "opts": {k: v.state_dict() for k, v in opts.items()},
            }, "gan_last.pt")


if __name__ == "__main__":
    main()
