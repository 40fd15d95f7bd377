"""Road segmentation, U-Net with a final activation in the module."""
import torch
import torch.nn as nn


def block(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU(True))


class SmallUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.d1, self.d2 = block(3, 32), block(32, 64)
        self.u1 = block(96, 32)
        self.last = nn.Conv2d(32, 1, 1)
        self.act = nn.Sigmoid()
        self.pool = nn.MaxPool2d(2)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x):
        a = self.d1(x)
        b = self.d2(self.pool(a))
        y = self.u1(torch.cat([a, self.up(b)], 1))
        y = self.last(y)
        y = self.act(y)  # PLANTED
        return y


def main(loader):
    torch.manual_seed(6)
    net = SmallUNet().cuda()
    bce = nn.BCEWithLogitsLoss()
    optim = torch.optim.Adam(net.parameters(), lr=3e-4)
    for epoch in range(25):
        net.train()
        for img, mask in loader:
            out = net(img.cuda())
            loss = bce(out, mask.cuda())
            optim.zero_grad()
            loss.backward()
            optim.step()
        print("epoch", epoch, "bce", loss.item())
