"""A module whose forward runs in half precision by decoration."""
import torch
from torch import nn
from torch.cuda.amp import autocast


class Encoder(nn.Module):
    def __init__(self, d=512):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(80, d), nn.GELU(), nn.Linear(d, d), nn.GELU())
        self.out = nn.Linear(d, 256)

    @autocast(dtype=torch.bfloat16)  # PLANTED
    def forward(self, x):
        return self.out(self.body(x))


def train(loader, epochs=5):
    torch.manual_seed(6)
    net = Encoder().cuda().train()
    opt = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(epochs):
        for x, y in loader:
            loss = nn.functional.mse_loss(net(x.cuda()).float(), y.cuda())
            opt.zero_grad()
            loss.backward()
            opt.step()
        print(epoch, loss.item())
