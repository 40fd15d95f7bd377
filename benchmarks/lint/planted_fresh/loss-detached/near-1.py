"""Learn pictures without negatives (SimSiam): each view is drawn to the other, held still."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.models import resnet18

from augment import TwoCrops

torch.manual_seed(2020)


class SimSiam(nn.Module):
    def __init__(self, dim=512):
        super().__init__()
        self.encoder = resnet18(num_classes=dim)
        self.predictor = nn.Sequential(
            nn.Linear(dim, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, dim)
        )

    def forward(self, a, b):
        za, zb = self.encoder(a), self.encoder(b)
        pa, pb = self.predictor(za), self.predictor(zb)
        za, zb = za.detach(), zb.detach()
        to_b = F.cosine_similarity(pa, zb).mean()
        to_a = F.cosine_similarity(pb, za).mean()
        return -(to_a + to_b) / 2


net = SimSiam().cuda().train()
opt = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
cosine = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=200)
views = DataLoader(TwoCrops("cifar10"), batch_size=512, shuffle=True, drop_last=True, num_workers=8)
for epoch in range(200):
    mean = torch.zeros((), device="cuda")
    for a, b in views:
        loss = net(a.cuda(), b.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
        mean += loss.detach() / len(views)
    cosine.step()
    print(f"epoch {epoch} loss {mean.item():.4f}")
