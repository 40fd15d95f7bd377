"""Teach a small detector backbone to match the feature maps of a large one."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models import ResNet101_Weights, resnet18, resnet101
from torchvision.models.feature_extraction import create_feature_extractor

from drone import DroneFrames

NODES = ["layer2", "layer3", "layer4"]


class FeatureDistiller:
    def __init__(self, device="cuda"):
        self.device = device
        big = resnet101(weights=ResNet101_Weights.DEFAULT)
        self.teacher = create_feature_extractor(big, NODES).to(device)
        self.student = create_feature_extractor(resnet18(), NODES).to(device)
        self.adapt = nn.ModuleDict(
            {n: nn.Conv2d(c, 4 * c, 1) for n, c in zip(NODES, (128, 256, 512), strict=True)}
        ).to(device)
        for net in (self.teacher, self.student):
            net.eval()  # PLANTED
        self.teacher.requires_grad_(False)
        self.opt = torch.optim.SGD(
            [*self.student.parameters(), *self.adapt.parameters()], lr=0.02, momentum=0.9
        )

    def loss(self, frames):
        with torch.no_grad():
            wanted = self.teacher(frames)
        got = self.student(frames)
        return sum(F.mse_loss(self.adapt[n](got[n]), wanted[n]) for n in NODES)

    def run(self, loader, epochs):
        for epoch in range(epochs):
            mean = torch.zeros((), device=self.device)
            for frames in loader:
                loss = self.loss(frames.to(self.device))
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                mean += loss.detach() / len(loader)
            print(f"epoch {epoch} feature mse {mean.item():.4f}")


torch.manual_seed(24)
frames = DataLoader(DroneFrames("frames/"), batch_size=32, shuffle=True, num_workers=8)
FeatureDistiller().run(frames, epochs=30)
