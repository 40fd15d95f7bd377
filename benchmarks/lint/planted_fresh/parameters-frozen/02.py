"""Self-supervised pretraining without negatives: an online and a slowly moving network."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import resnet18

from augment import TwoViews


def mlp(i, h, o):
    return nn.Sequential(nn.Linear(i, h), nn.BatchNorm1d(h), nn.ReLU(), nn.Linear(h, o))


class BYOL(nn.Module):
    def __init__(self, tau: float = 0.996):
        super().__init__()
        backbone = resnet18(weights=None)
        backbone.fc = mlp(512, 2048, 256)
        self.online = backbone
        self.target = backbone
        self.target.requires_grad_(False)  # PLANTED
        self.predict = mlp(256, 2048, 256)
        self.tau = tau

    @torch.no_grad()
    def follow(self):
        for t, o in zip(self.target.parameters(), self.online.parameters()):
            t.lerp_(o, 1 - self.tau)

    def forward(self, a, b):
        pa, pb = self.predict(self.online(a)), self.predict(self.online(b))
        with torch.no_grad():
            ta, tb = self.target(a), self.target(b)
        near = F.cosine_similarity(pa, tb).mean() + F.cosine_similarity(pb, ta).mean()
        return 2 - near


torch.manual_seed(10)
model = BYOL().cuda()
opt = torch.optim.Adam(model.parameters(), lr=3e-4)
loader = DataLoader(TwoViews("stl10/unlabeled"), 256, shuffle=True, num_workers=12, drop_last=True)

for epoch in range(100):
    total = torch.zeros((), device="cuda")
    for a, b in loader:
        loss = model(a.cuda(), b.cuda())
        opt.zero_grad()
        loss.backward()
        opt.step()
        model.follow()
        total += loss.detach()
    print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")
