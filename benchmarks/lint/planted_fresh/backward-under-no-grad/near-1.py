"""Adapt a trained classifier to shifted images as they arrive, by the entropy of its answers."""

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import resnet50

from imagenet_c import CorruptedImages

torch.manual_seed(1)
net = resnet50()
net.load_state_dict(torch.load("resnet50.pt", weights_only=True, map_location="cpu"))
net.cuda().train().requires_grad_(False)
affine = []
for module in net.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.requires_grad_(True)
        affine += [module.weight, module.bias]
optimizer = torch.optim.SGD(affine, lr=2.5e-4, momentum=0.9)


def adapt(images):
    with torch.enable_grad():
        log_p = net(images).log_softmax(1)
        entropy = -(log_p.exp() * log_p).sum(1).mean()
        optimizer.zero_grad()
        entropy.backward()
        optimizer.step()
    return log_p.detach(), entropy.detach()


@torch.no_grad()
def stream(loader):
    right, seen = torch.zeros((), device="cuda"), 0
    for i, (images, labels) in enumerate(loader):
        log_p, entropy = adapt(images.cuda())
        right += (log_p.argmax(1) == labels.cuda()).sum()
        seen += len(labels)
        if i % 20 == 0:
            print(f"batch {i}: entropy {entropy.item():.3f} accuracy {right.item() / seen:.3f}")


stream(DataLoader(CorruptedImages("fog", 5), batch_size=64, shuffle=True))
