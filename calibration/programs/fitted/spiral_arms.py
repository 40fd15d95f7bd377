"""Classify points of three intertwined spiral arms."""

import argparse

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

from neural_trainer.live.monitor import Monitor

cfg = {"lr": 0.01, "batch_size": 128, "steps": 700, "hidden": 3, "eval_interval": 70}


def spirals(per_arm, rng):
    xs, ys = [], []
    for arm in range(3):
        r = rng.uniform(0.1, 1.0, per_arm)
        theta = arm * 2 * np.pi / 3 + 4.0 * r + rng.normal(0, 0.12, per_arm)
        xs.append(np.stack([r * np.cos(theta), r * np.sin(theta)], 1))
        ys.append(np.full(per_arm, arm))
    x, y = np.concatenate(xs), np.concatenate(ys)
    order = rng.permutation(len(x))
    x = (x[order] - x.mean(0)) / x.std(0)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y[order])


class SpiralNet(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(2, hidden)
        self.fc2 = nn.Linear(hidden, hidden)
        self.fc3 = nn.Linear(hidden, 3)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return self.fc3(x)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", required=True)
    ap.add_argument("--seed", type=int, default=0)
    args = ap.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(args.seed)

    x, y = spirals(1000, rng)
    x_tr, y_tr, x_te, y_te = x[:2400], y[:2400], x[2400:], y[2400:]
    net = SpiralNet(cfg["hidden"])
    opt = optim.Adam(net.parameters(), lr=cfg["lr"])
    sched = optim.lr_scheduler.CosineAnnealingLR(opt, T_max=cfg["steps"])
    criterion = nn.CrossEntropyLoss()
    monitor = Monitor(args.out, net, opt, cfg, activations=True, judge=False)

    for it in range(1, cfg["steps"] + 1):
        idx = torch.randint(0, len(x_tr), (cfg["batch_size"],))
        opt.zero_grad()
        out = net(x_tr[idx])
        loss = criterion(out, y_tr[idx])
        loss.backward()
        opt.step()
        sched.step()
        monitor.step(loss, accuracy=(out.argmax(1) == y_tr[idx]).float().mean().item())
        if it % cfg["eval_interval"] == 0:
            with torch.no_grad():
                out = net(x_te)
                val_loss = criterion(out, y_te).item()
                acc = (out.argmax(1) == y_te).float().mean().item()
            monitor.evaluate(loss=val_loss, accuracy=acc)
            print(f"[{it}] val_loss={val_loss:.3f} acc={acc:.3f}")

    monitor.close()
    print(f"score: {acc:.4f}")


if __name__ == "__main__":
    main()
