"""Distil an ensemble into one network: the soft opinion of the many is what the one should say."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from species import Iguanas, build_teacher

torch.manual_seed(404)
teachers = nn.ModuleList(build_teacher(i) for i in range(5)).cuda().eval().requires_grad_(False)
student = nn.Sequential(
    nn.Conv2d(3, 32, 3, 2), nn.ReLU(), nn.Conv2d(32, 64, 3, 2), nn.ReLU(),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 12),
).cuda()
opt = torch.optim.Adam(student.parameters(), lr=1e-3)
loader = DataLoader(Iguanas("train"), batch_size=64, shuffle=True, num_workers=4)

for epoch in range(60):
    total = torch.zeros((), device="cuda")
    for x, _ in loader:
        x = x.cuda()
        with torch.no_grad():
            opinion = torch.stack([F.softmax(t(x), dim=1) for t in teachers]).mean(0)
        loss = F.cross_entropy(student(x), opinion)
        opt.zero_grad()
        loss.backward()
        opt.step()
        total += loss.detach()
    print(f"epoch {epoch} {total.item() / len(loader):.4f}")
