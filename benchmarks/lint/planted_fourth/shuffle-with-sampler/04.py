"""5-fold house price regression; writes out-of-fold predictions."""
from functools import partial

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import KFold
from torch import nn
from torch.utils.data import DataLoader, Dataset, SubsetRandomSampler

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
N_FOLDS, N_EPOCHS, SEED = 5, 60, 2021

fast_loader = partial(DataLoader, batch_size=256, num_workers=2, pin_memory=DEVICE == "cuda")
trainLoader = partial(fast_loader, shuffle=True, drop_last=True)
evalLoader = partial(fast_loader, shuffle=False)


class HouseRows(Dataset):
    def __init__(self, features, target, rows=None):
        self.rows = np.arange(len(features)) if rows is None else rows
        self.features, self.target = features, target
        self.mu, self.sd = None, None

    def fit_scaling(self, idx):
        self.mu = self.features[idx].mean(0)
        self.sd = self.features[idx].std(0) + 1e-6
        return self

    def like(self, other):
        self.mu, self.sd = other.mu, other.sd
        return self

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        r = self.rows[i]
        x = (self.features[r] - self.mu) / self.sd
        return torch.as_tensor(x, dtype=torch.float32), torch.tensor(self.target[r], dtype=torch.float32)


class PriceMLP(nn.Module):
    def __init__(self, nIn, width=128, pDrop=0.1):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(nIn, width), nn.SiLU(), nn.Dropout(pDrop),
            nn.Linear(width, width), nn.SiLU(), nn.Dropout(pDrop),
            nn.Linear(width, 1),
        )

    def forward(self, x):
        return self.body(x).squeeze(-1)


def predict(net, loader):
    net.eval()
    chunks = []
    with torch.inference_mode():
        for x, _ in loader:
            chunks.append(net(x.to(DEVICE)).cpu())
    return torch.cat(chunks).numpy()


def run_fold(k, features, target, trn_idx, val_idx):
    torch.manual_seed(SEED + k)
    everything = HouseRows(features, target).fit_scaling(trn_idx)
    held_out = HouseRows(features, target, val_idx).like(everything)
    trn = trainLoader(everything, sampler=SubsetRandomSampler(trn_idx))  # PLANTED
    val = evalLoader(held_out)

    net = PriceMLP(features.shape[1]).to(DEVICE)
    net.body[-1].bias.data.fill_(float(target[trn_idx].mean()))
    opt = torch.optim.Adam(net.parameters(), lr=2e-3)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=2e-3, epochs=N_EPOCHS, steps_per_epoch=len(trn))
    lossFn = nn.SmoothL1Loss()

    for epoch in range(N_EPOCHS):
        net.train()
        total = torch.zeros((), device=DEVICE)
        for x, y in trn:
            x, y = x.to(DEVICE), y.to(DEVICE)
            opt.zero_grad()
            loss = lossFn(net(x), y)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            sched.step()
            total += loss.detach()
        if (epoch + 1) % 10 == 0:
            rmse = float(np.sqrt(np.mean((predict(net, val) - target[val_idx]) ** 2)))
            print(f"fold {k} epoch {epoch + 1}: train {total.item() / len(trn):.4f}, val rmse {rmse:.4f}")
    return predict(net, val)


def main():
    np.random.seed(SEED)
    df = pd.read_csv("train.csv")
    target = np.log1p(df.pop("SalePrice").to_numpy(np.float64)).astype(np.float32)
    features = df.select_dtypes("number").drop(columns=["Id"]).fillna(0).to_numpy(np.float32)

    oof = np.zeros(len(target), dtype=np.float32)
    for k, (trn_idx, val_idx) in enumerate(KFold(N_FOLDS, shuffle=True, random_state=SEED).split(features)):
        oof[val_idx] = run_fold(k, features, target, trn_idx, val_idx)
    print("OOF rmse:", float(np.sqrt(np.mean((oof - target) ** 2))))
    pd.DataFrame({"oof": oof}).to_csv("oof.csv", index=False)


if __name__ == "__main__":
    main()
