"""An image pyramid network whose levels are built in lists first, for the sake of their names."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from depth_data import DepthPairs  # image (3, h, w), depth (1, h, w)


class Pyramid(nn.Module):
    def __init__(self, widths=(32, 64, 128)):
        super().__init__()
        down, up, before = [], [], 3
        for width in widths:
            down.append(nn.Sequential(nn.Conv2d(before, width, 3, 2, 1), nn.ReLU()))
            before = width
        for width in (*widths[-2::-1], 16):
            up.append(nn.Sequential(nn.ConvTranspose2d(before, width, 4, 2, 1), nn.ReLU()))
            before = width
        for i, level in enumerate(down):
            self.add_module(f"down{i}", level)
        for i, level in enumerate(up):
            self.add_module(f"up{i}", level)
        self.levels = [*down, *up]
        self.out = nn.Conv2d(before, 1, 1)

    def forward(self, x):
        for level in self.levels:
            x = level(x)
        return self.out(x)


torch.manual_seed(3)
net = Pyramid()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
loader = DataLoader(DepthPairs("nyu/train"), batch_size=16, shuffle=True, num_workers=4)
for epoch in range(25):
    total = 0.0
    for image, depth in loader:
        loss = (net(image) - depth).abs().mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        total = total + loss.detach()
    print(epoch, float(total) / len(loader))
