"""DCGAN on 64x64 anime faces."""
import argparse
import os

import torch
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.utils import save_image


def conv_block(cin, cout, norm=True):
    layers = [nn.Conv2d(cin, cout, 4, 2, 1, bias=not norm)]
    if norm:
        layers.append(nn.BatchNorm2d(cout))
    layers.append(nn.LeakyReLU(0.2, inplace=True))
    return layers


def deconv_block(cin, cout, stride=2, pad=1):
    return [
        nn.ConvTranspose2d(cin, cout, 4, stride, pad, bias=False),
        nn.BatchNorm2d(cout),
        nn.ReLU(True),
    ]


def build_generator(nz, ngf):
    return nn.Sequential(
        *deconv_block(nz, ngf * 8, stride=1, pad=0),
        *deconv_block(ngf * 8, ngf * 4),
        *deconv_block(ngf * 4, ngf * 2),
        *deconv_block(ngf * 2, ngf),
        nn.ConvTranspose2d(ngf, 3, 4, 2, 1, bias=False),
        nn.Tanh(),
    )


def build_discriminator(ndf):
    return nn.Sequential(
        *conv_block(3, ndf, norm=False),
        *conv_block(ndf, ndf * 2),
        *conv_block(ndf * 2, ndf * 4),
        *conv_block(ndf * 4, ndf * 8),
        nn.Conv2d(ndf * 8, 1, 4, 1, 0),
        nn.Flatten(0),
        nn.Sigmoid(),  # PLANTED
    )


def weights_init(m):
    name = m.__class__.__name__
    if "Conv" in name:
        nn.init.normal_(m.weight, 0.0, 0.02)
    elif "BatchNorm" in name:
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.zeros_(m.bias)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dataroot", default="data/anime")
    parser.add_argument("--niter", type=int, default=50)
    parser.add_argument("--batchSize", type=int, default=128)
    parser.add_argument("--nz", type=int, default=100)
    parser.add_argument("--nf", type=int, default=64)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--manualSeed", type=int, default=999)
    parser.add_argument("--outf", default="samples")
    opt = parser.parse_args()

    torch.manual_seed(opt.manualSeed)
    os.makedirs(opt.outf, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    dataset = datasets.ImageFolder(opt.dataroot, transforms.Compose([
        transforms.Resize(64),
        transforms.CenterCrop(64),
        transforms.ToTensor(),
        transforms.Normalize((0.5,) * 3, (0.5,) * 3),
    ]))
    loader = DataLoader(dataset, opt.batchSize, shuffle=True, num_workers=4, drop_last=True)

    netG = build_generator(opt.nz, opt.nf).to(device).apply(weights_init)
    netD = build_discriminator(opt.nf).to(device).apply(weights_init)
    adversarial = nn.BCEWithLogitsLoss()
    optG = optim.Adam(netG.parameters(), lr=opt.lr, betas=(0.5, 0.999))
    optD = optim.Adam(netD.parameters(), lr=opt.lr, betas=(0.5, 0.999))
    fixed_noise = torch.randn(64, opt.nz, 1, 1, device=device)
    ones = torch.ones(opt.batchSize, device=device)
    zeros = torch.zeros(opt.batchSize, device=device)

    for epoch in range(opt.niter):
        netG.train()
        netD.train()
        for i, (real, _) in enumerate(loader):
            real = real.to(device)
            noise = torch.randn(opt.batchSize, opt.nz, 1, 1, device=device)
            fake = netG(noise)

            optD.zero_grad()
            lossD = adversarial(netD(real), ones) + adversarial(netD(fake.detach()), zeros)
            lossD.backward()
            optD.step()

            optG.zero_grad()
            lossG = adversarial(netD(fake), ones)
            lossG.backward()
            optG.step()

            if i % 100 == 0:
                print(f"[{epoch}/{opt.niter}][{i}/{len(loader)}] D {lossD.item():.3f} G {lossG.item():.3f}")

        netG.eval()
        with torch.no_grad():
            grid = netG(fixed_noise)
        save_image(grid, f"{opt.outf}/epoch_{epoch:03d}.png", normalize=True, value_range=(-1, 1))
        torch.save(
            {"epoch": epoch, "netG": netG.state_dict(), "netD": netD.state_dict(),
             "optG": optG.state_dict(), "optD": optD.state_dict()},
            f"{opt.outf}/dcgan.pt",
        )


if __name__ == "__main__":
    main()
