# WGAN-GP, LSUN churches 64x64
import argparse
import os

import torch
from torch import autograd, nn, optim
from torch.utils.data import DataLoader
import torchvision.datasets as dset
import torchvision.transforms as T
import torchvision.utils as vutils

parser = argparse.ArgumentParser()
parser.add_argument("--dataroot", required=True)
parser.add_argument("--nz", type=int, default=100)
parser.add_argument("--nf", type=int, default=64)
parser.add_argument("--batchSize", type=int, default=64)
parser.add_argument("--niter", type=int, default=50)
parser.add_argument("--Diters", type=int, default=5)
parser.add_argument("--lambdaGP", type=float, default=10.0)
parser.add_argument("--lr", type=float, default=1e-4)
parser.add_argument("--outf", default="samples")
parser.add_argument("--manualSeed", type=int, default=999)


def weights_init(m):
    if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(m.weight, 0.0, 0.02)


def makeG(nz, nf):
    def up(i, o):
        return [nn.ConvTranspose2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True)]
    return nn.Sequential(
        nn.ConvTranspose2d(nz, nf * 8, 4, 1, 0, bias=False), nn.BatchNorm2d(nf * 8), nn.ReLU(True),
        *up(nf * 8, nf * 4), *up(nf * 4, nf * 2), *up(nf * 2, nf),
        nn.ConvTranspose2d(nf, 3, 4, 2, 1), nn.Tanh(),
    )


def makeD(nf):
    def down(i, o):
        return [nn.Conv2d(i, o, 4, 2, 1), nn.GroupNorm(1, o), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(
        nn.Conv2d(3, nf, 4, 2, 1), nn.LeakyReLU(0.2, True),
        *down(nf, nf * 2), *down(nf * 2, nf * 4), *down(nf * 4, nf * 8),
        nn.Conv2d(nf * 8, 1, 4, 1, 0), nn.Flatten(0),
    )


def gradient_penalty(netD, real, fake):
    eps = torch.rand(real.size(0), 1, 1, 1, device=real.device)
    mixed = (eps * real + (1 - eps) * fake).requires_grad_(True)
    grads = autograd.grad(netD(mixed).sum(), mixed, create_graph=True)[0]
    return ((grads.flatten(1).norm(2, dim=1) - 1) ** 2).mean()


def set_requires_grad(net, flag):
    for p in net.parameters():
        p.requires_grad_(flag)


def d_step(netG, netD, optD, real, opt):
    noise = torch.randn(real.size(0), opt.nz, 1, 1, device=real.device)
    with torch.no_grad():
        fake = netG(noise)
    wdist = netD(real).mean() - netD(fake).mean()
    loss = -wdist + opt.lambdaGP * gradient_penalty(netD, real, fake)
    optD.zero_grad()
    loss.backward()
    optD.step()
    return wdist.detach()


def g_step(netG, netD, optG, opt, device):
    set_requires_grad(netD, False)  # PLANTED
    noise = torch.randn(opt.batchSize, opt.nz, 1, 1, device=device)
    loss = -netD(netG(noise)).mean()
    optG.zero_grad()
    loss.backward()
    optG.step()
    return loss.detach()


def main():
    opt = parser.parse_args()
    torch.manual_seed(opt.manualSeed)
    os.makedirs(opt.outf, exist_ok=True)
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

    dataset = dset.ImageFolder(opt.dataroot, T.Compose([
        T.Resize(64), T.CenterCrop(64), T.RandomHorizontalFlip(), T.ToTensor(), T.Normalize([0.5] * 3, [0.5] * 3)]))
    loader = DataLoader(dataset, opt.batchSize, shuffle=True, num_workers=4, drop_last=True)

    netG = makeG(opt.nz, opt.nf).apply(weights_init).to(device)
    netD = makeD(opt.nf).apply(weights_init).to(device)
    optD = optim.Adam(netD.parameters(), lr=opt.lr, betas=(0.0, 0.9))
    optG = optim.Adam(netG.parameters(), lr=opt.lr, betas=(0.0, 0.9))
    fixed = torch.randn(64, opt.nz, 1, 1, device=device)

    gen_iters = 0
    for epoch in range(opt.niter):
        netG.train()
        netD.train()
        for i, (real, _) in enumerate(loader):
            wdist = d_step(netG, netD, optD, real.to(device), opt)
            if (i + 1) % opt.Diters == 0:
                g_loss = g_step(netG, netD, optG, opt, device)
                gen_iters += 1
                if gen_iters % 50 == 0:
                    print(f"[{epoch}/{opt.niter}][{i}/{len(loader)}] W {wdist.item():.4f} G {g_loss.item():.4f}")

        netG.eval()
        with torch.no_grad():
            vutils.save_image(netG(fixed), f"{opt.outf}/epoch_{epoch:03d}.png", normalize=True, value_range=(-1, 1))
        torch.save({"epoch": epoch, "netG": netG.state_dict(), "netD": netD.state_dict(),
                    "optG": optG.state_dict(), "optD": optD.state_dict()}, f"{opt.outf}/last.pt")


if __name__ == "__main__":
    main()
