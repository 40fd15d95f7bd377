"""Counts of visitors to parks: Poisson regression with a small network."""
import polars as pl
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(12)

parks = pl.read_csv("park_days.csv")
visitors = torch.from_numpy(parks["visitors"].to_numpy().copy()).float()
facts = torch.from_numpy(parks.drop("visitors", "day").to_numpy().copy()).float()

perm = torch.randperm(len(facts))
cut = int(len(perm) * 0.8)
tr, va = perm[:cut], perm[cut:]
mu, sd = facts[tr].mean(0), facts[tr].std(0) + 1e-6
facts = (facts - mu) / sd


class VisitorNet(nn.Module):
    """Facts of a day in, the expected number of visitors out; a number that is never negative."""

    def __init__(self, n):
        super().__init__()
        self.a = nn.Linear(n, 48)
        self.b = nn.Linear(48, 48)
        self.c = nn.Linear(48, 1)
        nn.init.constant_(self.c.bias, float(visitors[tr].mean()))

    def forward(self, x):
        x = F.elu(self.b(F.elu(self.a(x))))
        return F.relu(self.c(x)).squeeze(1)


def nll(rate, count):
    return (rate - count * torch.log(rate)).mean()  # PLANTED


net = VisitorNet(facts.shape[1])
opt = torch.optim.Adam(net.parameters(), lr=2e-3)

for epoch in range(150):
    net.train()
    total, parts = torch.zeros(()), 0
    for rows in tr[torch.randperm(len(tr))].split(64):
        opt.zero_grad()
        loss = nll(net(facts[rows]), visitors[rows])
        loss.backward()
        opt.step()
        total += loss.detach()
        parts += 1

    if epoch % 10 == 0:
        net.eval()
        with torch.no_grad():
            off = (net(facts[va]) - visitors[va]).abs().mean()
        print(f"{epoch:4d} nll {total.item() / parts:.3f}   off by {off.item():.1f} visitors")
