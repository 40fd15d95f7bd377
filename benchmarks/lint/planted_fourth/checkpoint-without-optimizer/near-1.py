"""LSTM forecaster for hourly electricity load."""
import argparse
import random
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

CONTEXT, HORIZON = 168, 24


class Windows(Dataset):
    def __init__(self, series):
        self.s = torch.tensor(series, dtype=torch.float32)

    def __len__(self):
        return len(self.s) - CONTEXT - HORIZON + 1

    def __getitem__(self, i):
        return self.s[i:i + CONTEXT, None], self.s[i + CONTEXT:i + CONTEXT + HORIZON]


class Forecaster(nn.Module):
    def __init__(self, hidden=96):
        super().__init__()
        self.rnn = nn.LSTM(1, hidden, num_layers=2, dropout=0.1, batch_first=True)
        self.head = nn.Linear(hidden, HORIZON)

    def forward(self, x):
        out, _ = self.rnn(x)
        return self.head(out[:, -1])


class RunState:
    """The parts of a run that have to survive an interruption."""

    def __init__(self, **parts):
        self.parts = parts
        self.epoch = 0
        self.best = float("inf")

    def dump(self, path):
        blob = {name: part.state_dict() for name, part in self.parts.items()}
        blob.update(epoch=self.epoch, best=self.best)
        tmp = path.with_suffix(".tmp")
        torch.save(blob, tmp)
        tmp.replace(path)

    def load(self, path, device):
        blob = torch.load(path, map_location=device, weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(blob[name])
        self.epoch, self.best = blob["epoch"], blob["best"]


@torch.no_grad()
def mae(model, loader, device):
    model.eval()
    total, n = torch.zeros((), device=device), 0
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        total += (model(x) - y).abs().sum()
        n += y.numel()
    return (total / n).item()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--csv", default="data/load.csv")
    ap.add_argument("--out", type=Path, default=Path("runs/load"))
    ap.add_argument("--epochs", type=int, default=40)
    ap.add_argument("--lr", type=float, default=1e-3)
    ap.add_argument("--seed", type=int, default=4)
    a = ap.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    random.seed(a.seed)
    np.random.seed(a.seed)
    torch.manual_seed(a.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    y = pd.read_csv(a.csv)["load"].to_numpy()
    cut, end = int(0.7 * len(y)), int(0.85 * len(y))
    mu, sd = y[:cut].mean(), y[:cut].std()
    y = (y - mu) / sd
    train = DataLoader(Windows(y[:cut]), 128, shuffle=True, drop_last=True)
    valid = DataLoader(Windows(y[cut:end]), 512)
    test = DataLoader(Windows(y[end:]), 512)

    model = Forecaster().to(device)
    opt = torch.optim.Adam(model.parameters(), lr=a.lr)
    sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=3)
    state = RunState(model=model, opt=opt, sched=sched)
    last, best_path = a.out / "last.pt", a.out / "best.pt"
    if last.exists():
        state.load(last, device)

    while state.epoch < a.epochs:
        model.train()
        total = torch.zeros((), device=device)
        for x, target in train:
            loss = nn.functional.l1_loss(model(x.to(device)), target.to(device))
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            opt.step()
            total += loss.detach()
        val = mae(model, valid, device)
        sched.step(val)
        state.epoch += 1
        print(f"epoch {state.epoch} train {(total / len(train)).item():.4f} valid MAE {val * sd:.2f}")
        if val < state.best:
            state.best = val
            torch.save(model.state_dict(), best_path)
        state.dump(last)

    model.load_state_dict(torch.load(best_path, map_location=device, weights_only=True))
    print(f"test MAE {mae(model, test, device) * sd:.2f}")


if __name__ == "__main__":
    main()
