"""DCGAN for 64x64 faces; curves are drawn when training ends."""
import argparse
import random
from collections import defaultdict

import matplotlib
import matplotlib.pyplot as plt
import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.utils import save_image

matplotlib.use("Agg")


def weightsInit(m):
    if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(m.weight, 0.0, 0.02)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.zeros_(m.bias)


def makeGenerator(nz, ngf=64):
    def up(i, o, s, p):
        return [nn.ConvTranspose2d(i, o, 4, s, p, bias=False), nn.BatchNorm2d(o), nn.ReLU(True)]

    return nn.Sequential(*up(nz, ngf * 8, 1, 0), *up(ngf * 8, ngf * 4, 2, 1), *up(ngf * 4, ngf * 2, 2, 1),
                         *up(ngf * 2, ngf, 2, 1), nn.ConvTranspose2d(ngf, 3, 4, 2, 1, bias=False), nn.Tanh())


def makeDiscriminator(ndf=64):
    def down(i, o):
        return [nn.Conv2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.LeakyReLU(0.2, True)]

    return nn.Sequential(nn.Conv2d(3, ndf, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True), *down(ndf, ndf * 2),
                         *down(ndf * 2, ndf * 4), *down(ndf * 4, ndf * 8),
                         nn.Conv2d(ndf * 8, 1, 4, 1, 0, bias=False), nn.Flatten(0))


class DCGAN:
    def __init__(self, nz, lr, device):
        self.nz, self.device = nz, device
        self.netG = makeGenerator(nz).to(device).apply(weightsInit)
        self.netD = makeDiscriminator().to(device).apply(weightsInit)
        self.optG = torch.optim.Adam(self.netG.parameters(), lr=lr, betas=(0.5, 0.999))
        self.optD = torch.optim.Adam(self.netD.parameters(), lr=lr, betas=(0.5, 0.999))
        self.bce = nn.BCEWithLogitsLoss()
        self.history = defaultdict(list)

    def noise(self, n):
        return torch.randn(n, self.nz, 1, 1, device=self.device)

    def stepD(self, real):
        fake = self.netG(self.noise(len(real))).detach()
        out_real, out_fake = self.netD(real), self.netD(fake)
        lossD = self.bce(out_real, torch.ones_like(out_real)) + self.bce(out_fake, torch.zeros_like(out_fake))
        self.optD.zero_grad()
        lossD.backward()
        self.optD.step()
        self.history["D"].append(lossD.detach())

    def stepG(self, n):
        out = self.netD(self.netG(self.noise(n)))
        lossG = self.bce(out, torch.ones_like(out))
        self.optG.zero_grad()
        lossG.backward()
        self.optG.step()
        self.history["G"].append(lossG)  # PLANTED

    def report(self, last):
        return "  ".join(f"loss{k} {torch.stack(v[-last:]).mean().item():.4f}" for k, v in self.history.items())

    def plot(self, path):
        fig, ax = plt.subplots(figsize=(9, 4))
        for name, values in self.history.items():
            ax.plot(torch.stack(values).detach().cpu().numpy(), label=name)
        ax.set_xlabel("iteration")
        ax.legend()
        fig.savefig(path)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataroot", default="data/celeba")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batchSize", type=int, default=128)
    parser.add_argument("--nz", type=int, default=100)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--manualSeed", type=int, default=999)
    opt = parser.parse_args()

    random.seed(opt.manualSeed)
    torch.manual_seed(opt.manualSeed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    tf = transforms.Compose([transforms.Resize(64), transforms.CenterCrop(64), transforms.ToTensor(),
                             transforms.Normalize((0.5,) * 3, (0.5,) * 3)])
    loader = DataLoader(datasets.ImageFolder(opt.dataroot, tf), opt.batchSize, shuffle=True, num_workers=4,
                        pin_memory=True, drop_last=True)
    gan = DCGAN(opt.nz, opt.lr, device)
    fixed = gan.noise(64)
    for epoch in range(opt.epochs):
        gan.netG.train()
        gan.netD.train()
        for i, (real, _) in enumerate(loader):
            gan.stepD(real.to(device, non_blocking=True))
            gan.stepG(len(real))
            if (i + 1) % 100 == 0:
                print(f"[{epoch}/{opt.epochs}][{i + 1}/{len(loader)}] {gan.report(100)}")
        gan.netG.eval()
        with torch.no_grad():
            save_image(gan.netG(fixed), f"fake_{epoch:03d}.png", normalize=True)
        torch.save({"epoch": epoch, "netG": gan.netG.state_dict(), "netD": gan.netD.state_dict(),
                    "optG": gan.optG.state_dict(), "optD": gan.optD.state_dict()}, "dcgan.pt")
    gan.plot("losses.png")


if __name__ == "__main__":
    main()
