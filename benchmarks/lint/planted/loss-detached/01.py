"""Regress ages from face crops."""
import torch
from torch import nn
from torchvision.models import mobilenet_v3_small

from faces import age_loader

torch.manual_seed(0)
net = mobilenet_v3_small(num_classes=1).cuda()
optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
criterion = nn.L1Loss()

for epoch in range(20):
    net.train()
    for image, age in age_loader(shuffle=True):
        pred = net(image.cuda()).squeeze(1)
        loss = criterion(pred.detach(), age.cuda())  # PLANTED
        loss.requires_grad_(True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch} mae {loss.item():.2f}")
