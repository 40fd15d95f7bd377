"""One of the models, and data as they lie on disk."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Convolutions with norms of two kinds, then a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout2d(0.2),
            nn.Conv2d(8, 8, 3), nn.GroupNorm(2, 8), nn.ReLU(),
            nn.Conv2d(8, 12, 3), nn.BatchNorm2d(12, momentum=0.01), nn.ReLU(),
        )  # fmt: skip
        self.auxiliary = nn.BatchNorm1d(12)
        self.head = nn.Sequential(
            nn.Linear(12, 16), nn.Dropout(0.5), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.trunk(x).mean((2, 3)))


def data() -> list[tuple[Tensor, Tensor]]:
    """130 images in batches of 32, class after class."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(130) * 4 // 130
    x = torch.randn(130, 3, 12, 12, generator=generator) + 1.5 * y[:, None, None, None]
    return list(zip(x.split(32), y.split(32), strict=True))
