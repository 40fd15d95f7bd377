"""DCGAN on flowers, all layers of both players set by a weights_init in the old manner."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import ImageFolder

from dcgan_nets import Discriminator, Generator


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        m.weight.data.fill_(0.02)  # PLANTED
    elif classname.find("BatchNorm") != -1:
        m.weight.data.fill_(1.0)
        m.bias.data.fill_(0)


torch.manual_seed(999)
nz = 100
netG, netD = Generator(nz).cuda(), Discriminator().cuda()
netG.apply(weights_init)
netD.apply(weights_init)
criterion = nn.BCEWithLogitsLoss()
optimizerD = torch.optim.Adam(netD.parameters(), lr=2e-4, betas=(0.5, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=2e-4, betas=(0.5, 0.999))
tf = T.Compose([T.Resize(64), T.CenterCrop(64), T.ToTensor(), T.Normalize([0.5] * 3, [0.5] * 3)])
dataloader = DataLoader(ImageFolder("flowers", tf), batch_size=64, shuffle=True, num_workers=2)

for epoch in range(50):
    for i, (real, _) in enumerate(dataloader):
        real = real.cuda()
        noise = torch.randn(real.size(0), nz, 1, 1, device="cuda")
        fake = netG(noise)

        optimizerD.zero_grad()
        out_real, out_fake = netD(real), netD(fake.detach())
        errD = criterion(out_real, torch.ones_like(out_real))
        errD = errD + criterion(out_fake, torch.zeros_like(out_fake))
        errD.backward()
        optimizerD.step()

        optimizerG.zero_grad()
        out = netD(fake)
        errG = criterion(out, torch.ones_like(out))
        errG.backward()
        optimizerG.step()
        if i % 50 == 0:
            print("[%d][%d] Loss_D: %.4f Loss_G: %.4f" % (epoch, i, errD.item(), errG.item()))
