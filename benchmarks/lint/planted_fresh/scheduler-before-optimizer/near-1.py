"""Segment nuclei; the learning rate drops at the start of each epoch but the first."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from nuclei import NucleiPatches, UNet

torch.manual_seed(80)
net = UNet(channels=3, classes=2).cuda()
sgd = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.95)
poly = torch.optim.lr_scheduler.PolynomialLR(sgd, total_iters=60, power=0.9)
loader = DataLoader(NucleiPatches("train"), batch_size=12, shuffle=True, num_workers=6)
weight = torch.tensor([1.0, 3.0], device="cuda")

for epoch in range(60):
    if epoch > 0:
        poly.step()
    net.train()
    total = torch.zeros((), device="cuda")
    for patch, mask in loader:
        sgd.zero_grad()
        loss = nn.functional.cross_entropy(net(patch.cuda()), mask.cuda(), weight=weight)
        loss.backward()
        sgd.step()
        total += loss.detach()
    print(f"{epoch} {total.item() / len(loader):.4f} lr {poly.get_last_lr()[0]:.4f}")
