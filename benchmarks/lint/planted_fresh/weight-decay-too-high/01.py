"""Denoise audio with a small U-shaped network; decay is applied by hand, apart from the optimizer."""

import torch
from torch import nn
from torch.utils.data import DataLoader

from denoise import NoisyPairs  # noisy and clean, (1, 16384)


class Waves(nn.Module):
    def __init__(self, c=32):
        super().__init__()
        self.down = nn.ModuleList([nn.Conv1d(1, c, 8, 4, 2), nn.Conv1d(c, 2 * c, 8, 4, 2)])
        self.up = nn.ModuleList(
            [nn.ConvTranspose1d(2 * c, c, 8, 4, 2), nn.ConvTranspose1d(2 * c, 1, 8, 4, 2)]
        )

    def forward(self, x):
        a = self.down[0](x).relu()
        b = self.down[1](a).relu()
        return self.up[1](torch.cat([self.up[0](b).relu(), a], 1))


@torch.no_grad()
def shrink(module: nn.Module, amount: float = 0.02):
    for p in module.parameters():
        if p.ndim > 1:
            p.mul_(1 - amount)  # PLANTED


torch.manual_seed(44)
net = Waves().cuda()
opt = torch.optim.Adam(net.parameters(), lr=3e-4)
loader = DataLoader(NoisyPairs("train"), batch_size=16, shuffle=True, num_workers=4)

for epoch in range(80):
    running = torch.zeros((), device="cuda")
    for noisy, clean in loader:
        opt.zero_grad()
        loss = nn.functional.l1_loss(net(noisy.cuda()), clean.cuda())
        loss.backward()
        opt.step()
        shrink(net)
        running += loss.detach()
    print(f"epoch {epoch} l1 {running.item() / len(loader):.5f}")
