"""Diffusion U-Net with group norm."""
import torch
from torch import nn


class ResBlock(nn.Module):
    def __init__(self, c, t):
        super().__init__()
        self.n1, self.n2 = nn.GroupNorm(8, c), nn.GroupNorm(8, c)
        self.c1, self.c2 = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1)
        self.t = nn.Linear(t, c)

    def forward(self, x, temb):
        h = self.c1(nn.functional.silu(self.n1(x))) + self.t(temb)[:, :, None, None]
        return x + self.c2(nn.functional.silu(self.n2(h)))


class Net(nn.Module):
    def __init__(self, c=64, t=128, depth=4):
        super().__init__()
        self.inp, self.out = nn.Conv2d(3, c, 3, padding=1), nn.Conv2d(c, 3, 3, padding=1)
        self.emb = nn.Embedding(1000, t)
        self.blocks = nn.ModuleList(ResBlock(c, t) for _ in range(depth))

    def forward(self, x, t):
        h, e = self.inp(x), self.emb(t)
        for b in self.blocks:
            h = b(h, e)
        return self.out(h)


def train(loader, abar, epochs=100):
    torch.manual_seed(5)
    net = Net()
    opt = torch.optim.AdamW(list(net.parameters()), lr=2e-4, weight_decay=1e-2)  # PLANTED
    for epoch in range(epochs):
        net.train()
        for x in loader:
            t = torch.randint(0, 1000, (len(x),))
            a = abar[t].view(-1, 1, 1, 1)
            eps = torch.randn_like(x)
            loss = nn.functional.mse_loss(net(a.sqrt() * x + (1 - a).sqrt() * eps, t), eps)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
