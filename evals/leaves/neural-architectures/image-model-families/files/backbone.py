"""A trunk with residual blocks of two kinds and a linear classifier."""

from torch import Tensor, nn


class Basic(nn.Module):
    """Two 3x3 convolutions; the first one strides."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.norm2(self.conv2(self.norm1(self.conv1(x)).relu()))
        return (inner + self.shortcut(x)).relu()


class Large(nn.Module):
    """A depthwise 7x7 filter, which strides after a 1x1, and a 1x1."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.expand = nn.Conv2d(inputs, 2 * inputs, 1)
        self.filter = nn.Conv2d(2 * inputs, 2 * inputs, 7, stride, 3, groups=2 * inputs)
        self.norm = nn.BatchNorm2d(2 * inputs)
        self.project = nn.Conv2d(2 * inputs, outputs, 1)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 3, stride, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.project(self.norm(self.filter(self.expand(x).relu())).relu())
        return inner + self.shortcut(x)


class Backbone(nn.Module):
    """Stem at stride 4, then stages at strides 4, 8, 16 and 32."""

    def __init__(self, classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 12, 7, 2, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        self.stages = nn.Sequential(
            nn.Sequential(Basic(12, 12, 1), Basic(12, 12, 1)),
            nn.Sequential(Basic(12, 16, 2), Basic(16, 16, 1)),
            nn.Sequential(Large(16, 20, 2), Large(20, 20, 1)),
            nn.Sequential(Basic(20, 24, 2), Large(24, 24, 1), Basic(24, 24, 1)),
        )
        self.head = nn.Linear(24, classes)

    def features(self, x: Tensor) -> Tensor:
        return self.stages(self.stem(x))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x).mean((2, 3)))
