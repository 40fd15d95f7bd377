"""Trains a denoising diffusion model of textures and judges the average of its weights."""

import copy
import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

T = 1000


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.body = nn.Sequential(
            nn.BatchNorm2d(width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1), nn.Dropout2d(0.1)
        )

    def forward(self, x):
        return x + self.body(x)


class Noise(nn.Module):
    def __init__(self, width=96):
        super().__init__()
        self.inp = nn.Conv2d(4, width, 3, padding=1)
        self.blocks = nn.Sequential(*(Residual(width) for _ in range(6)))
        self.out = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, x, t):
        level = (t / T)[:, None, None, None].expand(-1, 1, *x.shape[2:])
        return self.out(self.blocks(self.inp(torch.cat([x, level], dim=1))))


def loss_of(net, x):
    t = torch.randint(T, (len(x),), device=x.device)
    keep = torch.cos(t / T * math.pi / 2).view(-1, 1, 1, 1)
    noise = torch.randn_like(x)
    return F.mse_loss(net(keep * x + (1 - keep**2).sqrt() * noise, t.float()), noise)


def main():
    torch.manual_seed(52)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    texture = torch.load("texture.pt", weights_only=True)
    train = DataLoader(TensorDataset(texture["train"]), batch_size=64, shuffle=True, drop_last=True)
    valid = DataLoader(TensorDataset(texture["valid"]), batch_size=64)
    net = Noise().to(device)
    average = copy.deepcopy(net)
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-4)

    for epoch in range(200):
        net.train()
        for (x,) in train:
            loss = loss_of(net, x.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                for slow, fast in zip(average.state_dict().values(), net.state_dict().values()):
                    slow.copy_(slow.lerp(fast, 1e-3) if slow.is_floating_point() else fast)

        net.eval()
        with torch.no_grad():
            held_out = torch.zeros((), device=device)
            for (x,) in valid:  # PLANTED
                held_out += loss_of(average, x.to(device)) / len(valid)
        print(f"{epoch}: {loss.item():.4f} held out {held_out.item():.4f}")


main()
