"""Balance two losses of one network by the size of what each sends into the shared trunk."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader

from driving import FramesWithSpeedAndSteer

torch.manual_seed(29)
trunk = nn.Sequential(
    nn.Conv2d(3, 24, 5, 2), nn.ReLU(), nn.Conv2d(24, 48, 5, 2), nn.ReLU(),
    nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(768, 128), nn.ReLU(),
)
steer, speed = nn.Linear(128, 1), nn.Linear(128, 1)
model = nn.ModuleList([trunk, steer, speed])
opt = torch.optim.Adam(model.parameters(), lr=3e-4)
loader = DataLoader(FramesWithSpeedAndSteer("train"), batch_size=64, shuffle=True, num_workers=4)

for epoch in range(20):
    for frame, angle, pace in loader:
        h = trunk(frame)
        angle_loss = F.mse_loss(steer(h).squeeze(1), angle)
        pace_loss = F.mse_loss(speed(h).squeeze(1), pace)

        opt.zero_grad()
        angle_loss.backward(retain_graph=True)
        first = torch.stack([p.grad.norm() for p in trunk.parameters()]).norm()
        opt.zero_grad()
        pace_loss.backward(retain_graph=True)
        second = torch.stack([p.grad.norm() for p in trunk.parameters()]).norm()

        share = second / (first + second).clamp(min=1e-8)
        opt.zero_grad()
        (share * angle_loss + (1 - share) * pace_loss).backward()
        opt.step()
    print(f"{epoch}: steer {angle_loss.item():.4f} speed {pace_loss.item():.4f}")
