"""Trains a convolutional network on galaxies; what decays is decided by the kind of module."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DECAYS = (nn.Linear, nn.Conv2d)


def groups(net, decay):
    yes, no = [], []
    for module in net.modules():
        for name, weight in module.named_parameters(recurse=False):
            wanted = isinstance(module, DECAYS) and name == "weight"
            (yes if wanted else no).append(weight)
    return [{"params": yes, "weight_decay": decay}, {"params": no, "weight_decay": 0}]


def stage(inp, out):
    return nn.Sequential(nn.Conv2d(inp, out, 3, 2, 1), nn.GroupNorm(8, out), nn.ReLU())


def main():
    torch.manual_seed(59)
    images, shapes = torch.load("galaxies.pt", weights_only=True)
    loader = DataLoader(TensorDataset(images, shapes), batch_size=64, shuffle=True)
    net = nn.Sequential(
        stage(3, 32), stage(32, 64), stage(64, 128), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10)
    )
    optimizer = torch.optim.AdamW(groups(net, 0.05), lr=1e-3)
    for epoch in range(40):
        for image, shape in loader:
            loss = nn.functional.cross_entropy(net(image), shape)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
