"""Multi-task learning on face photographs: age, pose and expression share one trunk."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision.models import resnet18

from faces import FaceTasks

WEIGHTS = torch.tensor([0.05, 1.0, 0.5])


class ThreeHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = resnet18(num_classes=256)
        self.age, self.pose, self.mood = nn.Linear(256, 1), nn.Linear(256, 3), nn.Linear(256, 7)

    def forward(self, face):
        h = F.relu(self.trunk(face))
        return self.age(h).squeeze(1), self.pose(h), self.mood(h)


torch.manual_seed(3)
net = ThreeHeads().train()
opt = torch.optim.Adam(net.parameters(), lr=3e-4)
loader = DataLoader(FaceTasks("train"), batch_size=64, shuffle=True, num_workers=4)

for epoch in range(30):
    for i, (face, age, pose, mood) in enumerate(loader):
        a, p, m = net(face)
        terms = [F.l1_loss(a, age), F.mse_loss(p, pose), F.cross_entropy(m, mood)]
        loss = (WEIGHTS * torch.tensor(terms, requires_grad=True)).sum()  # PLANTED
        opt.zero_grad()
        loss.backward()
        opt.step()
        if i % 100 == 0:
            print(f"epoch {epoch} batch {i} loss {loss.item():.3f}")
