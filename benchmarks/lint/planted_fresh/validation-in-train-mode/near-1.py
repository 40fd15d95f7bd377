"""Coral reefs from drone pictures; whatever only looks does so in a context of its own."""

from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import regnet_y_400mf

from reefs import Reefs


@contextmanager
def looking(*modules: nn.Module):
    before = [m.training for m in modules]
    for m in modules:
        m.train(mode=False)
    with torch.no_grad():
        yield
    for m, was in zip(modules, before, strict=True):
        m.train(mode=was)


torch.manual_seed(21)
net = regnet_y_400mf(num_classes=9).cuda()
opt = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9)
loss_fn = nn.CrossEntropyLoss()
train = DataLoader(Reefs("train"), batch_size=64, shuffle=True, num_workers=4)
val = DataLoader(Reefs("val"), batch_size=128, num_workers=4)

for epoch in range(40):
    for x, y in train:
        opt.zero_grad()
        loss = loss_fn(net(x.cuda()), y.cuda())
        loss.backward()
        opt.step()
    with looking(net):
        held = torch.stack([loss_fn(net(x.cuda()), y.cuda()) for x, y in val]).mean()
    print(f"epoch {epoch} train {loss.item():.4f} val {held.item():.4f}")
