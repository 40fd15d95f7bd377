"""Detect arrhythmia in ECG strips; a one-cycle schedule over the whole run."""
import torch
from torch import nn
from torch.utils.data import DataLoader

from ecg import Strips

CFG = dict(epochs=30, batch=128, max_lr=4e-3, seed=11, workers=4)


def conv_block(i, o):
    return nn.Sequential(nn.Conv1d(i, o, 9, 2, 4), nn.BatchNorm1d(o), nn.ReLU())


def net():
    return nn.Sequential(
        conv_block(1, 32), conv_block(32, 64), conv_block(64, 128),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(128, 5),
    )


def run(cfg):
    torch.manual_seed(cfg["seed"])
    train = DataLoader(Strips("train"), cfg["batch"], shuffle=True, num_workers=cfg["workers"])
    val = DataLoader(Strips("val"), 512, num_workers=cfg["workers"])
    model = net().cuda()
    opt = torch.optim.Adam(model.parameters(), lr=cfg["max_lr"])
    num_updates = cfg["epochs"] * len(train)
    cycle = torch.optim.lr_scheduler.OneCycleLR(opt, cfg["max_lr"], total_steps=num_updates)

    for epoch in range(cfg["epochs"]):
        model.train()
        for strip, beat in train:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(strip.cuda()), beat.cuda())
            loss.backward()
            opt.step()

        model.eval()
        with torch.no_grad():
            right = sum((model(s.cuda()).argmax(1) == b.cuda()).sum() for s, b in val)
        print(f"{epoch:2d} loss {loss.item():.3f} acc {right.item() / len(val.dataset):.3f}")
        cycle.step()  # PLANTED


run(CFG)
