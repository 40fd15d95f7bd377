"""Warms up a new head on a pretrained encoder, then trains both."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, models

WEIGHTS = models.ConvNeXt_Tiny_Weights.DEFAULT
HEAD_ONLY = 3


def trainable(module, yes):
    for p in module.parameters():
        p.requires_grad = yes


def main():
    torch.manual_seed(6)
    data = datasets.ImageFolder("cells/train", WEIGHTS.transforms())
    loader = DataLoader(data, batch_size=48, shuffle=True, num_workers=8)

    net = models.convnext_tiny(weights=WEIGHTS)
    net.classifier[2] = nn.Linear(768, len(data.classes))
    trainable(net.features, False)
    groups = [
        {"params": net.features.parameters(), "lr": 1e-5},
        {"params": net.classifier.parameters(), "lr": 1e-3},
    ]
    optimizer = torch.optim.Adam(groups)

    for epoch in range(12):
        if epoch == HEAD_ONLY:
            trainable(net.features, True)
        net.train()
        losses = []
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        print(epoch, torch.stack(losses).mean().item())


main()
