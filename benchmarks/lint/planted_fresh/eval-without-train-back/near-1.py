"""Regress the age of a face; a function judges the net and leaves it as it was."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision.models import mobilenet_v2

from utkface import Faces

torch.manual_seed(116)
net = mobilenet_v2(num_classes=1).cuda()
opt = torch.optim.Adam(net.parameters(), lr=5e-4)
train = DataLoader(Faces("train"), batch_size=64, shuffle=True, num_workers=4)
val = DataLoader(Faces("val"), batch_size=128)


def mean_error(module):
    was_training = module.training
    module.eval()
    with torch.no_grad():
        off = [(module(f.cuda()).squeeze(1) - a.cuda()).abs().sum() for f, a in val]
    module.train(was_training)
    return torch.stack(off).sum().item() / len(val.dataset)


net.train()
step = 0
for epoch in range(30):
    for face, age in train:
        loss = nn.functional.l1_loss(net(face.cuda()).squeeze(1), age.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
        step += 1
        if step % 500 == 0:
            print(f"step {step} train {loss.item():.2f} years, val {mean_error(net):.2f} years")
