"""Two-tower recommender: sparse optimizer for the id tables, dense optimizer for the MLPs."""
import argparse

import numpy as np
import pandas as pd
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Tower(nn.Module):
    def __init__(self, n_ids, dim, out):
        super().__init__()
        self.table = nn.Embedding(n_ids, dim, sparse=True)
        nn.init.normal_(self.table.weight, std=0.05)
        self.mlp = nn.Sequential(nn.Linear(dim, 128), nn.ReLU(), nn.Linear(128, out))

    def forward(self, ids):
        return F.normalize(self.mlp(self.table(ids)), dim=-1)


class TwoTower(nn.Module):
    def __init__(self, n_users, n_items, dim=64, out=64):
        super().__init__()
        self.user = Tower(n_users, dim, out)
        self.item = Tower(n_items, dim, out)
        self.log_scale = nn.Parameter(torch.tensor(2.5))

    def forward(self, users, items):
        logits = self.log_scale.exp() * self.user(users) @ self.item(items).T
        clash = items[None, :] == items[:, None]
        clash.fill_diagonal_(False)
        logits = logits.masked_fill(clash, float("-inf"))
        return F.cross_entropy(logits, torch.arange(len(users), device=users.device))


@torch.no_grad()
def hit_rate(model, users, items, n_items, device, k=20):
    model.eval()
    bank = model.item(torch.arange(n_items, device=device))
    hits = 0
    for u, i in zip(users.split(4096), items.split(4096)):
        top = (model.user(u.to(device)) @ bank.T).topk(k, dim=1).indices
        hits += (top == i.to(device)[:, None]).any(1).sum().item()
    return hits / len(users)


def load(path):
    df = pd.read_csv(path).sort_values("timestamp")
    df["u"], df["i"] = pd.factorize(df["user_id"])[0], pd.factorize(df["item_id"])[0]
    last = df.groupby("u").tail(1).index
    train, test = df.drop(last), df.loc[last]
    test = test[test["u"].isin(train["u"]) & test["i"].isin(train["i"])]
    to_t = lambda d: (torch.as_tensor(d["u"].to_numpy()), torch.as_tensor(d["i"].to_numpy()))
    return to_t(train), to_t(test), df["u"].nunique(), df["i"].nunique()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("csv")
    ap.add_argument("--epochs", type=int, default=15)
    ap.add_argument("--batch-size", type=int, default=1024)
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--sparse-lr", type=float, default=2e-3)
    args = ap.parse_args()

    np.random.seed(3)
    torch.manual_seed(3)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train, test, n_users, n_items = load(args.csv)
    loader = DataLoader(TensorDataset(*train), args.batch_size, shuffle=True, drop_last=True)

    model = TwoTower(n_users, n_items).to(device)
    tables = [model.user.table.weight, model.item.table.weight]
    optimizer = torch.optim.Adam(
        [*model.user.mlp.parameters(), *model.item.mlp.parameters(), model.log_scale], lr=args.lr)
    table_optimizer = torch.optim.SparseAdam(tables, lr=args.sparse_lr)

    for epoch in range(args.epochs):
        model.train()
        total = torch.zeros((), device=device)
        for users, items in loader:
            loss = model(users.to(device), items.to(device))
            optimizer.zero_grad()
            table_optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            table_optimizer.step()
            total += loss.detach()
        rate = hit_rate(model, *test, n_items, device)
        print(f"epoch {epoch} loss {total.item() / len(loader):.4f} hit@20 {rate:.4f}")
    torch.save(model.state_dict(), "two_tower.pt")


if __name__ == "__main__":
    main()
