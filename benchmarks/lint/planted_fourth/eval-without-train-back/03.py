import os
from types import SimpleNamespace

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms, utils

opt = SimpleNamespace(dataroot="celeba", imageSize=64, nz=100, ngf=64, ndf=64, niter=25, batchSize=128,
                      lr=2e-4, beta1=0.5, sampleEvery=500, outf="samples", manualSeed=999)


def weights_init(m):
    if isinstance(m, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(m.weight, 0.0, 0.02)
    elif isinstance(m, nn.BatchNorm2d):
        nn.init.normal_(m.weight, 1.0, 0.02)
        nn.init.zeros_(m.bias)


def makeG(nz, f):
    def up(i, o, s=2, p=1):
        return [nn.ConvTranspose2d(i, o, 4, s, p, bias=False), nn.BatchNorm2d(o), nn.ReLU(True)]
    return nn.Sequential(*up(nz, f * 8, 1, 0), *up(f * 8, f * 4), *up(f * 4, f * 2), *up(f * 2, f),
                         nn.ConvTranspose2d(f, 3, 4, 2, 1, bias=False), nn.Tanh())


def makeD(f):
    def down(i, o):
        return [nn.Conv2d(i, o, 4, 2, 1, bias=False), nn.BatchNorm2d(o), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(nn.Conv2d(3, f, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True), *down(f, f * 2),
                         *down(f * 2, f * 4), *down(f * 4, f * 8), nn.Conv2d(f * 8, 1, 4, 1, 0), nn.Flatten(0))


class DCGAN:
    def __init__(self, opt):
        self.opt = opt
        self.device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
        self.G = makeG(opt.nz, opt.ngf).apply(weights_init).to(self.device)
        self.D = makeD(opt.ndf).apply(weights_init).to(self.device)
        self.optG = torch.optim.Adam(self.G.parameters(), lr=opt.lr, betas=(opt.beta1, 0.999))
        self.optD = torch.optim.Adam(self.D.parameters(), lr=opt.lr, betas=(opt.beta1, 0.999))
        self.bce = nn.BCEWithLogitsLoss()
        self.fixedNoise = torch.randn(64, opt.nz, 1, 1, device=self.device)
        self.iters = 0

    def noise(self, n):
        return torch.randn(n, self.opt.nz, 1, 1, device=self.device)

    def stepD(self, real, fake):
        outReal, outFake = self.D(real), self.D(fake.detach())
        lossD = self.bce(outReal, torch.ones_like(outReal)) + self.bce(outFake, torch.zeros_like(outFake))
        self.optD.zero_grad()
        lossD.backward()
        self.optD.step()
        return lossD.detach()

    def stepG(self, fake):
        out = self.D(fake)
        lossG = self.bce(out, torch.ones_like(out))
        self.optG.zero_grad()
        lossG.backward()
        self.optG.step()
        return lossG.detach()

    @torch.no_grad()
    def sample(self):
        self.G.eval()  # PLANTED
        grid = utils.make_grid(self.G(self.fixedNoise).cpu(), nrow=8, normalize=True, value_range=(-1, 1))
        utils.save_image(grid, os.path.join(self.opt.outf, f"iter_{self.iters:07d}.png"))

    def fit(self, loader):
        for epoch in range(self.opt.niter):
            self.G.train()
            self.D.train()
            for i, (real, _) in enumerate(loader):
                real = real.to(self.device)
                fake = self.G(self.noise(real.size(0)))
                lossD = self.stepD(real, fake)
                lossG = self.stepG(fake)
                if i % 100 == 0:
                    print(f"[{epoch}/{self.opt.niter}][{i}/{len(loader)}] D {lossD.item():.3f} G {lossG.item():.3f}")
                self.iters += 1
                if self.iters % self.opt.sampleEvery == 0:
                    self.sample()
            torch.save(self.G.state_dict(), os.path.join(self.opt.outf, "netG.pth"))


if __name__ == "__main__":
    torch.manual_seed(opt.manualSeed)
    os.makedirs(opt.outf, exist_ok=True)
    tf = transforms.Compose([transforms.Resize(opt.imageSize), transforms.CenterCrop(opt.imageSize),
                             transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3)])
    loader = DataLoader(datasets.ImageFolder(opt.dataroot, tf), batch_size=opt.batchSize,
                        shuffle=True, num_workers=4, drop_last=True)
    DCGAN(opt).fit(loader)
