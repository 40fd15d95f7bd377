"""Click-through-rate prediction with a factorisation machine + MLP (DeepFM)."""
import argparse

import numpy as np
import torch
from sklearn.metrics import log_loss, roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class DeepFM(nn.Module):
    def __init__(self, field_sizes, dim=16, hidden=(256, 128), p=0.2):
        super().__init__()
        offsets = np.concatenate([[0], np.cumsum(field_sizes)[:-1]])
        self.register_buffer("offsets", torch.as_tensor(offsets, dtype=torch.long))
        total = int(sum(field_sizes))
        self.linear = nn.Embedding(total, 1)
        self.factors = nn.Embedding(total, dim)
        nn.init.normal_(self.factors.weight, std=0.01)
        nn.init.zeros_(self.linear.weight)
        layers, d = [], dim * len(field_sizes)
        for h in hidden:
            layers += [nn.Linear(d, h), nn.ReLU(), nn.Dropout(p)]
            d = h
        self.mlp = nn.Sequential(*layers, nn.Linear(d, 1))

    def forward(self, fields):
        idx = fields + self.offsets
        v = self.factors(idx)
        pairwise = 0.5 * (v.sum(1).pow(2) - v.pow(2).sum(1)).sum(1)
        return self.linear(idx).sum((1, 2)) + pairwise + self.mlp(v.flatten(1)).squeeze(1)


def as_loader(table, rows, batch_size, shuffle):
    x = torch.from_numpy(table["fields"][rows]).long()
    y = torch.from_numpy(table["click"][rows]).float()
    return DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=shuffle)


def score(model, loader, device):
    model.eval()
    logits, clicks = [], []
    for x, y in loader:
        logits.append(model(x.to(device)).cpu())
        clicks.append(y)
    prob = torch.cat(logits).sigmoid().double().numpy()
    truth = torch.cat(clicks).numpy()
    return {"auc": roc_auc_score(truth, prob), "logloss": log_loss(truth, prob)}


def train_epoch(model, loader, optimizer, criterion, device):
    model.train()
    total = torch.zeros((), device=device)
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        total += loss.detach()
    return total.item() / len(loader)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--table", default="avazu_small.npz")
    ap.add_argument("--epochs", type=int, default=10)
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--batch-size", type=int, default=4096)
    ap.add_argument("--seed", type=int, default=3)
    args = ap.parse_args()

    torch.manual_seed(args.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    table = np.load(args.table)
    day = table["day"]
    train_loader = as_loader(table, day < 8, args.batch_size, shuffle=True)
    val_loader = as_loader(table, day == 8, args.batch_size, shuffle=False)
    test_loader = as_loader(table, day == 9, args.batch_size, shuffle=False)

    model = DeepFM(table["field_sizes"].tolist()).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    criterion = nn.BCEWithLogitsLoss()

    best_auc = 0.0
    for epoch in range(args.epochs):
        loss = train_epoch(model, train_loader, optimizer, criterion, device)
        with torch.inference_mode():
            val = score(model, val_loader, device)
        print(f"epoch {epoch}: loss {loss:.4f} val auc {val['auc']:.4f} val logloss {val['logloss']:.4f}")
        if val["auc"] > best_auc:
            best_auc = val["auc"]
            torch.save(model.state_dict(), "deepfm.pt")

    model.load_state_dict(torch.load("deepfm.pt", map_location=device, weights_only=True))
    with torch.inference_mode():
        print("test", score(model, test_loader, device))


if __name__ == "__main__":
    main()
