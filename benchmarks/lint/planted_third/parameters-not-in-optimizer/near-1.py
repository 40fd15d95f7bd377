"""Trains an encoder, a decoder and the weights of their two losses."""

import itertools

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Weighted(nn.Module):
    """Losses weighted by learnt uncertainty (Kendall et al. 2018, arXiv:1705.07115)."""

    def __init__(self, n):
        super().__init__()
        self.log_var = nn.Parameter(torch.zeros(n))

    def forward(self, *losses):
        stacked = torch.stack(losses)
        return (torch.exp(-self.log_var) * stacked + self.log_var).sum()


torch.manual_seed(77)
scans = torch.load("scans.pt", weights_only=True)
loader = DataLoader(TensorDataset(scans["depth"], scans["kind"]), batch_size=32, shuffle=True)

encoder = nn.Sequential(nn.Conv2d(1, 32, 4, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 4, 2, 1), nn.ReLU())
decoder = nn.Sequential(nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1))
classifier = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 6))
balance = Weighted(2)

opt = torch.optim.Adam(itertools.chain(encoder.parameters(), decoder.parameters()), lr=1e-3)
for module in (classifier, balance):
    opt.add_param_group({"params": list(module.parameters())})

for epoch in range(25):
    for depth, kind in loader:
        code = encoder(depth)
        loss = balance(
            nn.functional.l1_loss(decoder(code), depth),
            nn.functional.cross_entropy(classifier(code), kind),
        )
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item(), balance.log_var.tolist())
