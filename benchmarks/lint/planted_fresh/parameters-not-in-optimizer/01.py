"""Face recognition with an angular margin; the class centres live in the criterion."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import resnet34

from faces import AlignedFaces


class ArcMargin(nn.Module):
    def __init__(self, dim: int, classes: int, scale: float = 64.0, margin: float = 0.5):
        super().__init__()
        self.centres = nn.Parameter(torch.empty(classes, dim))
        nn.init.xavier_uniform_(self.centres)
        self.scale, self.cos_m, self.sin_m = scale, math.cos(margin), math.sin(margin)

    def forward(self, emb, label):
        cos = F.linear(F.normalize(emb), F.normalize(self.centres)).clamp(-1 + 1e-6, 1 - 1e-6)
        shifted = cos * self.cos_m - (1 - cos * cos).sqrt() * self.sin_m
        hot = F.one_hot(label, cos.size(1)).bool()
        return F.cross_entropy(self.scale * torch.where(hot, shifted, cos), label)


if __name__ == "__main__":
    torch.manual_seed(1234)
    faces = AlignedFaces("webface")
    loader = DataLoader(faces, batch_size=128, shuffle=True, num_workers=10, drop_last=True)

    backbone = resnet34(weights=None)
    backbone.fc = nn.Linear(512, 512)
    backbone = backbone.cuda()
    criterion = ArcMargin(512, faces.num_identities).cuda()
    optimizer = torch.optim.SGD(backbone.parameters(), lr=0.05, momentum=0.9)  # PLANTED
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[10, 18], gamma=0.1)

    for epoch in range(22):
        backbone.train()
        for step, (img, who) in enumerate(loader):
            loss = criterion(backbone(img.cuda()), who.cuda())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if step % 200 == 0:
                print(f"epoch {epoch} step {step} loss {loss.item():.3f}")
        scheduler.step()
