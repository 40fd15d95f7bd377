"""Learns representations of satellite tiles by predicting a slow copy of the network."""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.models import resnet18
from torchvision.transforms import v2


def mlp(inp: int, out: int, hidden: int = 1024) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inp, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, out))


class Byol(nn.Module):
    def __init__(self, tau: float = 0.99) -> None:
        super().__init__()
        trunk = resnet18()
        trunk.fc = nn.Identity()
        self.online = nn.Sequential(trunk, mlp(512, 128))
        self.predictor = mlp(128, 128)
        self.target = copy.deepcopy(self.online)
        for weight in self.online.parameters():
            weight.requires_grad_(False)  # PLANTED
        self.tau = tau

    @torch.no_grad()
    def follow(self) -> None:
        for slow, fast in zip(self.target.parameters(), self.online.parameters()):
            slow.lerp_(fast, 1 - self.tau)

    def half(self, one: Tensor, other: Tensor) -> Tensor:
        with torch.no_grad():
            goal = self.target(other)
        return 2 - 2 * F.cosine_similarity(self.predictor(self.online(one)), goal).mean()

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        return (self.half(one, other) + self.half(other, one)) / 2


VIEW = v2.Compose([v2.RandomResizedCrop(64), v2.RandomHorizontalFlip(), v2.GaussianBlur(5)])


def main(epochs: int = 100) -> None:
    torch.manual_seed(30)
    tiles = torch.load("tiles.pt", weights_only=True)
    loader = DataLoader(tiles, batch_size=256, shuffle=True, drop_last=True)
    byol = Byol()
    optimizer = torch.optim.SGD(
        [*byol.online.parameters(), *byol.predictor.parameters()], lr=0.03, momentum=0.9
    )
    byol.train()
    for epoch in range(epochs):
        mean = torch.zeros(())
        for tile in loader:
            loss = byol(VIEW(tile), VIEW(tile))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            byol.follow()
            mean += loss.detach() / len(loader)
        print(f"{epoch:3d} {mean.item():.4f}")


if __name__ == "__main__":
    main()
