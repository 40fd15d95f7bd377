"""Click-through-rate model with large effective batches."""
import argparse

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import log_loss, roc_auc_score
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def parse():
    ap = argparse.ArgumentParser()
    ap.add_argument("--csv", default="criteo_sample.csv")
    ap.add_argument("--hash-size", type=int, default=100_003)
    ap.add_argument("--dim", type=int, default=16)
    ap.add_argument("--batch-size", type=int, default=4096)
    ap.add_argument("--accum", type=int, default=4)
    ap.add_argument("--epochs", type=int, default=3)
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--seed", type=int, default=6)
    return ap.parse_args()


def read(args):
    df = pd.read_csv(args.csv)
    dense = [c for c in df.columns if c.startswith("I")]
    sparse = [c for c in df.columns if c.startswith("C")]
    num = np.log1p(df[dense].fillna(0).clip(lower=0)).to_numpy(np.float32)
    cat = np.stack([pd.util.hash_array(df[c].fillna("").astype(str).to_numpy()) % args.hash_size for c in sparse], 1)
    y = df["label"].to_numpy(np.float32)
    cut = int(0.9 * len(df))          # rows are in order of time
    mu, sd = num[:cut].mean(0), num[:cut].std(0) + 1e-6
    num = (num - mu) / sd

    def ds(sl):
        return TensorDataset(torch.from_numpy(num[sl]), torch.from_numpy(cat[sl].astype(np.int64)),
                             torch.from_numpy(y[sl]))

    return ds(slice(0, cut)), ds(slice(cut, None))


class DeepFM(nn.Module):
    def __init__(self, n_dense, n_sparse, hash_size, dim):
        super().__init__()
        self.emb = nn.ModuleList([nn.Embedding(hash_size, dim) for _ in range(n_sparse)])
        for e in self.emb:
            nn.init.normal_(e.weight, std=0.01)
        self.linear = nn.Linear(n_dense, 1)
        self.deep = nn.Sequential(nn.Linear(n_dense + n_sparse * dim, 256), nn.ReLU(), nn.Dropout(0.2),
                                  nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, num, cat):
        v = torch.stack([e(cat[:, i]) for i, e in enumerate(self.emb)], 1)
        fm = 0.5 * (v.sum(1).pow(2) - v.pow(2).sum(1)).sum(1, keepdim=True)
        return (self.linear(num) + fm + self.deep(torch.cat([num, v.flatten(1)], 1))).squeeze(1)


def train_epoch(model, loader, opt, scaler, criterion, accum, device):
    model.train()
    total = torch.zeros((), device=device)
    opt.zero_grad()
    for i, (num, cat, y) in enumerate(loader):
        num, cat, y = num.to(device), cat.to(device), y.to(device)
        with torch.autocast("cuda", dtype=torch.float16):
            loss = criterion(model(num, cat), y)
        group = min(accum, len(loader) - i // accum * accum)
        scaler.scale(loss / group).backward()
        total += loss.detach()
        if (i + 1) % accum == 0:
            scaler.step(opt)
            scaler.update()
            opt.zero_grad()

    # the rest of the epoch that does not fill a whole group
    if len(loader) % accum != 0:
        scaler.step(opt)  # PLANTED
        opt.zero_grad()
    return total.item() / len(loader)


@torch.no_grad()
def predict(model, loader, device):
    model.eval()
    out = [torch.sigmoid(model(num.to(device), cat.to(device))).cpu() for num, cat, _ in loader]
    return torch.cat(out).numpy()


def main():
    args = parse()
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    device = torch.device("cuda")
    train_ds, test_ds = read(args)
    train_dl = DataLoader(train_ds, args.batch_size, shuffle=True)
    test_dl = DataLoader(test_ds, args.batch_size)
    model = DeepFM(train_ds.tensors[0].shape[1], train_ds.tensors[1].shape[1], args.hash_size, args.dim).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=args.lr)
    scaler = torch.amp.GradScaler("cuda")
    criterion = nn.BCEWithLogitsLoss()
    y_test = test_ds.tensors[2].numpy()
    for epoch in range(args.epochs):
        loss = train_epoch(model, train_dl, opt, scaler, criterion, args.accum, device)
        p = predict(model, test_dl, device)
        print(f"epoch {epoch} loss {loss:.4f} test logloss {log_loss(y_test, p):.4f} auc {roc_auc_score(y_test, p):.4f}")
    torch.save(model.state_dict(), "deepfm.pt")


if __name__ == "__main__":
    main()
