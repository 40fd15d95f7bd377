"""Neural collaborative filtering of board games with a bar that shows how it goes."""
import argparse
import math

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split
from tqdm import tqdm

p = argparse.ArgumentParser()
p.add_argument("ratings")
p.add_argument("--dim", type=int, default=32)
p.add_argument("--bs", type=int, default=256)
p.add_argument("--epochs", type=int, default=12)
a = p.parse_args()

torch.manual_seed(5150)
dev = torch.device("cuda")
users, games, stars = torch.load(a.ratings, weights_only=True)
data = TensorDataset(users, games, stars.float())
train, val = random_split(data, [0.9, 0.1])


class Rater(nn.Module):
    def __init__(self, n_users, n_games, dim):
        super().__init__()
        self.u, self.g = nn.Embedding(n_users, dim), nn.Embedding(n_games, dim)
        self.mlp = nn.Sequential(nn.Linear(2 * dim, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1))

    def forward(self, u, g):
        return 5.5 + self.mlp(torch.cat([self.u(u), self.g(g)], -1)).squeeze(-1)


net = Rater(int(users.max()) + 1, int(games.max()) + 1, a.dim).to(dev)
opt = torch.optim.Adam(net.parameters(), lr=1e-3)
mse = nn.MSELoss()

for epoch in range(a.epochs):
    net.train()
    smooth = None
    with tqdm(DataLoader(train, a.bs, shuffle=True, pin_memory=True), desc=f"epoch {epoch}") as bar:
        for u, g, s in bar:
            u, g, s = (t.to(dev, non_blocking=True) for t in (u, g, s))
            loss = mse(net(u, g), s)
            opt.zero_grad()
            loss.backward()
            opt.step()
            smooth = loss.detach() if smooth is None else smooth.lerp(loss.detach(), 0.02)
            bar.set_postfix_str(f"mse {smooth:.4f}")  # PLANTED

    net.eval()
    err = torch.zeros((), device=dev)
    with torch.no_grad():
        for u, g, s in DataLoader(val, 4096):
            err += (net(u.to(dev), g.to(dev)) - s.to(dev)).square().sum()
    print(f"epoch {epoch} val rmse {math.sqrt(err.item() / len(val)):.4f}")
