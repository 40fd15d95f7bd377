"""Trains an autoencoder whose adversarial term is weighted by the gradients of its last layer."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(16)
encoder = nn.Sequential(nn.Conv2d(3, 64, 4, 2, 1), nn.SiLU(), nn.Conv2d(64, 8, 4, 2, 1))
decoder = nn.Sequential(nn.ConvTranspose2d(8, 64, 4, 2, 1), nn.SiLU(), nn.ConvTranspose2d(64, 3, 4, 2, 1))
judge = nn.Sequential(nn.Conv2d(3, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(64, 1, 4, 2, 1))
opt_auto = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-4, betas=(0.5, 0.9))
opt_judge = torch.optim.Adam(judge.parameters(), lr=2e-4, betas=(0.5, 0.9))


def adaptive(likeness, fooled):
    last = decoder[-1].weight
    a = torch.autograd.grad(likeness, last, retain_graph=True)[0].norm()
    b = torch.autograd.grad(fooled, last, retain_graph=True)[0].norm()
    return (a / (b + 1e-4)).clamp(0, 1e4).detach()


pictures = torch.load("pictures.pt", weights_only=True)
loader = DataLoader(TensorDataset(pictures), batch_size=24, shuffle=True, drop_last=True)

for epoch in range(30):
    for (real,) in loader:
        made = decoder(encoder(real))
        likeness, fooled = F.l1_loss(made, real), -judge(made).mean()
        loss = likeness + adaptive(likeness, fooled) * fooled
        opt_auto.zero_grad()
        loss.backward()
        opt_auto.step()

        hinge = F.relu(1 - judge(real)).mean() + F.relu(1 + judge(made.detach())).mean()
        opt_judge.zero_grad()
        hinge.backward()
        opt_judge.step()
    print(f"{epoch}: likeness {likeness.item():.4f} hinge {hinge.item():.4f}")
