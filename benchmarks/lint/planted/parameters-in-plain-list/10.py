"""my unet with skip connections"""
import torch
import torch.nn as nn

torch.manual_seed(0)

def conv(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU())

class UNet(nn.Module):
    def __init__(self):
        super(UNet, self).__init__()
        self.pool = nn.MaxPool2d(2)
        self.down1 = conv(1, 16)
        self.down2 = conv(16, 32)
        self.bottom = conv(32, 64)
        self.ups = [nn.ConvTranspose2d(64, 32, 2, 2), conv(64, 32), nn.ConvTranspose2d(32, 16, 2, 2), conv(32, 16)]  # PLANTED
        self.last = nn.Conv2d(16, 1, 1)
    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        c = self.bottom(self.pool(b))
        d = self.ups[1](torch.cat([self.ups[0](c), b], 1))
        e = self.ups[3](torch.cat([self.ups[2](d), a], 1))
        return self.last(e)

from cells import loader
net = UNet()
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
crit = nn.BCEWithLogitsLoss()
for ep in range(20):
    for x, y in loader:
        opt.zero_grad()
        l = crit(net(x), y)
        l.backward()
        opt.step()
    print(ep, l.item())
