"""GAN as in the first paper, losses from probabilities."""
import torch
from torch import nn

from ring import sample

torch.manual_seed(1)
G = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 2))
D = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 1))
og = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
od = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

for step in range(20_000):
    real, fake = sample(128), G(torch.randn(128, 8))
    a, b = D(real), D(fake.detach())
    ld = bce(a, torch.ones_like(a)) + bce(b, torch.zeros_like(b))
    od.zero_grad()
    ld.backward()
    od.step()
    lg = torch.log(1 - torch.sigmoid(D(fake))).mean()  # PLANTED
    og.zero_grad()
    lg.backward()
    og.step()
    if step % 500 == 0:
        print(step, ld.item(), lg.item())
