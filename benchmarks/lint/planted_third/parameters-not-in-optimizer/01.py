"""Learns an embedding of product photographs with one proxy for each product."""

import argparse

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms


class ProxyNCA(nn.Module):
    def __init__(self, products, dim, scale=16.0):
        super().__init__()
        self.proxies = nn.Parameter(F.normalize(torch.randn(products, dim)))
        self.scale = scale

    def forward(self, embedding, product):
        similarity = F.normalize(embedding) @ F.normalize(self.proxies).T
        return F.cross_entropy(self.scale * similarity, product)


def embedder(dim):
    net = models.resnet34(weights=models.ResNet34_Weights.IMAGENET1K_V1)
    net.fc = nn.Linear(net.fc.in_features, dim)
    return net


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--dim", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    args = parse()
    torch.manual_seed(args.seed)
    device = torch.device("cuda")
    data = datasets.ImageFolder(
        args.folder,
        transforms.Compose([transforms.RandomResizedCrop(224), transforms.ToTensor()]),
    )
    loader = DataLoader(data, batch_size=96, shuffle=True, num_workers=6, pin_memory=True)
    net = embedder(args.dim).to(device)
    criterion = ProxyNCA(len(data.classes), args.dim).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)  # PLANTED
    decay = torch.optim.lr_scheduler.StepLR(optimizer, step_size=8, gamma=0.3)

    for epoch in range(args.epochs):
        net.train()
        total = torch.zeros((), device=device)
        for image, product in loader:
            image = image.to(device, non_blocking=True)
            product = product.to(device, non_blocking=True)
            optimizer.zero_grad()
            loss = criterion(net(image), product)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        decay.step()
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
