"""DCGAN on 64x64 face crops."""
from pathlib import Path
from typing import Optional

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import ImageFolder
from torchvision.utils import save_image


def up(i, o):
    return nn.Sequential(nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))


def down(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 4, 2, 1), nn.LeakyReLU(0.2, True))


class Generator(nn.Module):
    def __init__(self, nz: int, ngf: int = 64):
        super().__init__()
        self.project = nn.Sequential(
            nn.ConvTranspose2d(nz, ngf * 8, 4, 1, 0, bias=False), nn.BatchNorm2d(ngf * 8), nn.ReLU(True))
        self.body = nn.Sequential(up(ngf * 8, ngf * 4), up(ngf * 4, ngf * 2), up(ngf * 2, ngf))
        self.to_rgb = nn.ConvTranspose2d(ngf, 3, 4, 2, 1)

    def forward(self, z):
        return torch.tanh(self.to_rgb(self.body(self.project(z))))


class Discriminator(nn.Module):
    def __init__(self, ndf: int = 64):
        super().__init__()
        self.body = nn.Sequential(down(3, ndf), down(ndf, ndf * 2), down(ndf * 2, ndf * 4), down(ndf * 4, ndf * 8))
        self.head = nn.Conv2d(ndf * 8, 1, 4)

    def forward(self, x):
        return self.head(self.body(x)).flatten()


class GANTrainer:
    def __init__(self, root: str, out: str, nz: int = 128, lr: float = 2e-4, batch: int = 128):
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.out = Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.nz = nz
        tfm = T.Compose([T.Resize(64), T.CenterCrop(64), T.ToTensor(), T.Normalize([0.5] * 3, [0.5] * 3)])
        self.loader = DataLoader(ImageFolder(root, tfm), batch, shuffle=True, num_workers=4, drop_last=True)
        self.netG = Generator(nz).to(self.device)
        self.netD = Discriminator().to(self.device)
        self.optG = torch.optim.Adam(self.netG.parameters(), lr=lr, betas=(0.5, 0.999))
        self.optD = torch.optim.Adam(self.netD.parameters(), lr=lr, betas=(0.5, 0.999))
        self.fixed = torch.randn(64, nz, 1, 1, device=self.device)
        self.epoch = 0

    def save(self) -> None:
        torch.save(
            {
                "netG": self.netG.state_dict(),
                "netD": self.netD.state_dict(),
                "optG": self.optG.state_dict(),
                "optD": self.optD.state_dict(),
                "fixed": self.fixed,
                "epoch": self.epoch,
            },
            self.out / "gan.pt",
        )

    def load(self, path: Path) -> None:
        blob = torch.load(path, map_location=self.device, weights_only=True)
        self.epoch = blob["epoch"] + 1
        self.fixed = blob["fixed"]
        self.netG.load_state_dict(blob["netG"])
        self.netD.load_state_dict(blob["netD"])
        self.optG.load_state_dict(blob["optG"])  # PLANTED

    def step_d(self, real):
        z = torch.randn(real.size(0), self.nz, 1, 1, device=self.device)
        with torch.no_grad():
            fake = self.netG(z)
        self.optD.zero_grad(set_to_none=True)
        loss = F.softplus(-self.netD(real)).mean() + F.softplus(self.netD(fake)).mean()
        loss.backward()
        self.optD.step()
        return loss.detach()

    def step_g(self, n):
        z = torch.randn(n, self.nz, 1, 1, device=self.device)
        self.optG.zero_grad(set_to_none=True)
        loss = F.softplus(-self.netD(self.netG(z))).mean()
        loss.backward()
        self.optG.step()
        return loss.detach()

    def sample(self):
        self.netG.eval()
        with torch.no_grad():
            grid = self.netG(self.fixed).cpu()
        self.netG.train()
        save_image(grid, self.out / f"sample_{self.epoch:04d}.png", nrow=8, normalize=True, value_range=(-1, 1))

    def fit(self, epochs: int, resume: Optional[str] = None):
        if resume:
            self.load(Path(resume))
        while self.epoch < epochs:
            for i, (real, _) in enumerate(self.loader):
                real = real.to(self.device)
                d, g = self.step_d(real), self.step_g(real.size(0))
                if i % 200 == 0:
                    print(f"[{self.epoch}][{i}] D {d.item():.3f} G {g.item():.3f}")
            self.sample()
            self.save()
            self.epoch += 1


if __name__ == "__main__":
    torch.manual_seed(7)
    latest = Path("runs/faces/gan.pt")
    GANTrainer("data/faces", "runs/faces").fit(100, str(latest) if latest.exists() else None)
