# Biased matrix factorisation on MovieLens-1M
import random

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

random.seed(3)
np.random.seed(3)
torch.manual_seed(3)

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
N_FACTORS = 64
LAMBDA = 0.1
LR = 2e-3
N_EPOCHS = 25


def read_ratings(path="ml-1m/ratings.dat"):
    df = pd.read_csv(path, sep="::", engine="python", names=["user", "item", "rating", "ts"])
    df["user"] = df["user"].astype("category").cat.codes
    df["item"] = df["item"].astype("category").cat.codes
    return df


def split(df, frac=0.1):
    mask = np.random.rand(len(df)) < frac
    return df[~mask], df[mask]


def to_dataset(df):
    return TensorDataset(
        torch.tensor(df["user"].to_numpy(), dtype=torch.long),
        torch.tensor(df["item"].to_numpy(), dtype=torch.long),
        torch.tensor(df["rating"].to_numpy(), dtype=torch.float32),
    )


class MF(nn.Module):
    def __init__(self, n_users, n_items, k, mu):
        super().__init__()
        self.user_emb = nn.Embedding(n_users, k)
        self.item_emb = nn.Embedding(n_items, k)
        self.user_bias = nn.Embedding(n_users, 1)
        self.item_bias = nn.Embedding(n_items, 1)
        self.register_buffer("mu", torch.tensor(mu))
        nn.init.normal_(self.user_emb.weight, std=0.1)
        nn.init.normal_(self.item_emb.weight, std=0.1)
        nn.init.zeros_(self.user_bias.weight)
        nn.init.zeros_(self.item_bias.weight)

    def forward(self, u, i):
        dot = (self.user_emb(u) * self.item_emb(i)).sum(-1)
        return self.mu + self.user_bias(u).squeeze(-1) + self.item_bias(i).squeeze(-1) + dot


@torch.no_grad()
def rmse(model, loader):
    model.eval()
    sq, n = torch.zeros((), device=DEVICE), 0
    for u, i, r in loader:
        u, i, r = u.to(DEVICE), i.to(DEVICE), r.to(DEVICE)
        sq += ((model(u, i) - r) ** 2).sum()
        n += r.numel()
    return (sq / n).sqrt().item()


ratings = read_ratings()
train_df, test_df = split(ratings)
train_loader = DataLoader(to_dataset(train_df), batch_size=1024, shuffle=True)
test_loader = DataLoader(to_dataset(test_df), batch_size=8192)

model = MF(
    n_users=ratings["user"].max() + 1,
    n_items=ratings["item"].max() + 1,
    k=N_FACTORS,
    mu=float(train_df["rating"].mean()),
).to(DEVICE)
optimizer = torch.optim.Adam(model.parameters(), lr=LR)
mse = nn.MSELoss()

for epoch in range(1, N_EPOCHS + 1):
    model.train()
    epoch_loss = torch.zeros((), device=DEVICE)
    for u, i, r in train_loader:
        u, i, r = u.to(DEVICE), i.to(DEVICE), r.to(DEVICE)
        optimizer.zero_grad()
        fit = mse(model(u, i), r)
        reg = sum(p.pow(2).sum() for p in model.parameters())
        loss = fit + LAMBDA * reg  # PLANTED
        loss.backward()
        optimizer.step()
        epoch_loss += fit.detach()
    print(f"epoch {epoch:2d} | train mse {epoch_loss.item() / len(train_loader):.4f} "
          f"| test rmse {rmse(model, test_loader):.4f}")
