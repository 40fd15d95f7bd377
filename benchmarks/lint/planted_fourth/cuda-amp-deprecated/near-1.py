"""Train a tabular regressor; works on every torch release from 1.13 on.

Releases before 2.3 only ship the scaler as torch.cuda.amp.GradScaler, so it is
looked up once in `make_scaler`.
"""
import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SEED, EPOCHS, BATCH = 11, 60, 512


def make_scaler(enabled: bool):
    if hasattr(torch.amp, "GradScaler"):
        return torch.amp.GradScaler("cuda", enabled=enabled)
    return torch.cuda.amp.GradScaler(enabled=enabled)


def load(path: str):
    df = pd.read_csv(path)
    y = df.pop("price").to_numpy(np.float32)
    x = df.to_numpy(np.float32)
    x_tr, x_va, y_tr, y_va = train_test_split(x, y, test_size=0.2, random_state=SEED)
    scale = StandardScaler().fit(x_tr)
    mu, sd = y_tr.mean(), y_tr.std()
    make = lambda a, b: TensorDataset(
        torch.from_numpy(scale.transform(a).astype(np.float32)), torch.from_numpy((b - mu) / sd))
    return make(x_tr, y_tr), make(x_va, y_va), float(sd)


def main():
    torch.manual_seed(SEED)
    np.random.seed(SEED)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    use_amp = device == "cuda"
    train_ds, valid_ds, y_std = load("houses.csv")
    train_dl = DataLoader(train_ds, BATCH, shuffle=True, drop_last=True)
    valid_dl = DataLoader(valid_ds, 2048)

    d = train_ds.tensors[0].shape[1]
    model = nn.Sequential(
        nn.Linear(d, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.1),
        nn.Linear(256, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 1), nn.Flatten(0),
    ).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    scaler = make_scaler(use_amp)
    loss_fn = nn.SmoothL1Loss()

    for epoch in range(EPOCHS):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in train_dl:
            xb, yb = xb.to(device), yb.to(device)
            with torch.autocast(device, dtype=torch.float16, enabled=use_amp):
                loss = loss_fn(model(xb), yb)
            opt.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(opt)
            scaler.update()
            total += loss.detach()

        model.eval()
        abs_err, n = torch.zeros((), device=device), 0
        with torch.no_grad():
            for xb, yb in valid_dl:
                xb, yb = xb.to(device), yb.to(device)
                abs_err += (model(xb) - yb).abs().sum()
                n += yb.numel()
        print(f"{epoch:3d} loss {total.item() / len(train_dl):.4f} mae {abs_err.item() / n * y_std:.1f}")

    torch.save(model.state_dict(), "houses.pt")


if __name__ == "__main__":
    main()
