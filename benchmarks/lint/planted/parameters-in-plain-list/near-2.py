"""Lists of plain numbers and names in a module; each layer is registered by add_module."""
import torch
from torch import nn


class Pyramid(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channels = list(channels)
        self.names = []
        for i, (a, b) in enumerate(zip(channels, channels[1:])):
            self.add_module(f"conv{i}", nn.Conv2d(a, b, 3, stride=2, padding=1))
            self.names.append(f"conv{i}")
        self.shapes = [2 ** -(i + 1) for i in range(len(self.names))]

    def forward(self, x):
        outs = []
        for name in self.names:
            x = torch.relu(getattr(self, name)(x))
            outs.append(x)
        return outs


if __name__ == "__main__":
    net = Pyramid([3, 16, 32, 64])
    print(sum(p.numel() for p in net.parameters()))
