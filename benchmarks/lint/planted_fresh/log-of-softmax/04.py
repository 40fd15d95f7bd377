"""Focal loss for rare lesions, written out over the chances of a small network."""

import torch
import torch.nn as nn
from torch.utils.data import DataLoader
from torchvision.models import efficientnet_b0

from ham import HAM10000


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0, weight=None):
        super().__init__()
        self.gamma = gamma
        self.register_buffer("weight", weight)
        self.soft = nn.Softmax(dim=1)

    def forward(self, logits, kind):
        pt = self.soft(logits)[torch.arange(len(kind), device=kind.device), kind]
        ce = -pt.log()  # PLANTED
        return (self.weight[kind] * (1 - pt) ** self.gamma * ce).mean()


class LesionTrainer:
    def __init__(self, data, epochs):
        self.loader = DataLoader(data, batch_size=32, shuffle=True, num_workers=4)
        self.net = efficientnet_b0(num_classes=7).cuda()
        rarity = data.class_counts.sum() / (7 * data.class_counts)
        self.loss = FocalLoss(weight=rarity).cuda()
        self.opt = torch.optim.Adam(self.net.parameters(), lr=3e-4)
        self.epochs = epochs

    def run(self):
        self.net.train()
        for epoch in range(self.epochs):
            total = torch.zeros((), device="cuda")
            for skin, kind in self.loader:
                loss = self.loss(self.net(skin.cuda()), kind.cuda())
                self.opt.zero_grad()
                loss.backward()
                self.opt.step()
                total += loss.detach()
            print(f"epoch {epoch} focal {total.item() / len(self.loader):.4f}")


torch.manual_seed(7)
LesionTrainer(HAM10000("train"), epochs=40).run()
