"""Train a VGG-like network on STL-10, with the weights reset before each of three runs."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms as T
from torchvision.datasets import STL10


class SmallVGG(nn.Module):
    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        widths = [3, 32, 64, 128]
        self.convs = nn.ModuleList(
            [nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths[:-1], widths[1:], strict=True)]
        )
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(128, classes)

    def reset(self) -> None:
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.constant_(p, 0.01)  # PLANTED
            else:
                nn.init.zeros_(p)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv in self.convs:
            x = self.pool(conv(x).relu())
        return self.head(x.mean(dim=(2, 3)))


def run(seed: int, net: SmallVGG, data: STL10, epochs: int = 30) -> None:
    torch.manual_seed(seed)
    net.reset()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    loader = DataLoader(data, batch_size=64, shuffle=True, num_workers=4)
    for epoch in range(epochs):
        for i, (image, kind) in enumerate(loader):
            loss = nn.functional.cross_entropy(net(image.cuda()), kind.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
            if i % 50 == 0:
                print(f"seed {seed} epoch {epoch} batch {i} loss {loss.item():.4f}")


if __name__ == "__main__":
    images = STL10("data", split="train", transform=T.ToTensor())
    model = SmallVGG().cuda()
    for seed in (1, 2, 3):
        run(seed, model, images)
