"""Warm restarts for a classifier of street signs: the place in the cycle is told in fractions."""

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts
from torch.utils.data import DataLoader
from torchvision.datasets import GTSRB
from torchvision.models import mobilenet_v2
from torchvision.transforms import Compose, Resize, ToTensor

torch.manual_seed(43)
data = GTSRB("gtsrb", "train", Compose([Resize((64, 64)), ToTensor()]), download=True)
loader = DataLoader(data, batch_size=128, shuffle=True, num_workers=4)
net = mobilenet_v2(num_classes=43).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
restarts = CosineAnnealingWarmRestarts(opt, T_0=10, T_mult=2)
iters = len(loader)

net.train()
for epoch in range(70):
    total = torch.zeros((), device="cuda")
    for i, (x, y) in enumerate(loader):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x.cuda()), y.cuda())
        loss.backward()
        opt.step()
        restarts.step(epoch + i / iters)
        total += loss.detach()
    print(f"{epoch}: {total.item() / iters:.4f} lr {restarts.get_last_lr()[0]:.4f}")
