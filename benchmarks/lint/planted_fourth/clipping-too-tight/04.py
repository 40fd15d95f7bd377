"""Nucleus segmentation, driven by a nested config."""
from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


@dataclass
class DataCfg:
    root: str = "data/nuclei"
    batch_size: int = 16
    workers: int = 4


@dataclass
class OptimCfg:
    lr: float = 2e-2
    momentum: float = 0.9
    weight_decay: float = 1e-4
    clip_norm: float = 5.0
    epochs: int = 80


@dataclass
class Cfg:
    data: DataCfg = field(default_factory=DataCfg)
    optim: OptimCfg = field(default_factory=OptimCfg)
    width: int = 32
    seed: int = 55

    @classmethod
    def from_json(cls, path: str | None) -> "Cfg":
        raw = json.loads(Path(path).read_text()) if path else {}
        return cls(DataCfg(**raw.pop("data", {})), OptimCfg(**raw.pop("optim", {})), **raw)


class Nuclei(Dataset):
    def __init__(self, root: str, split: str):
        self.paths = sorted(Path(root, split).glob("*.npz"))
        self.augment = split == "train"

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        with np.load(self.paths[i]) as z:
            x = torch.from_numpy(z["image"]).permute(2, 0, 1).float().div(127.5).sub(1)
            y = torch.from_numpy(z["mask"])[None].float()
        if self.augment:
            k = int(torch.randint(4, ()))
            x, y = x.rot90(k, (1, 2)), y.rot90(k, (1, 2))
        return x, y


class Double(nn.Sequential):
    def __init__(self, i, o):
        super().__init__(nn.Conv2d(i, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True),
                         nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU(True))


class UNet(nn.Module):
    def __init__(self, w):
        super().__init__()
        ch = [w, 2 * w, 4 * w, 8 * w]
        self.down = nn.ModuleList(Double(i, o) for i, o in zip([3] + ch, ch))
        self.up = nn.ModuleList(nn.ConvTranspose2d(o, i, 2, 2) for i, o in zip(ch, ch[1:]))
        self.merge = nn.ModuleList(Double(2 * c, c) for c in ch[:-1])
        self.final = nn.Conv2d(w, 1, 1)

    def forward(self, x):
        skips = []
        for k, block in enumerate(self.down):
            x = block(x if k == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        skips.pop()
        for k in reversed(range(len(self.up))):
            x = self.merge[k](torch.cat([skips.pop(), self.up[k](x)], 1))
        return self.final(x)


def make_optimizer(net: nn.Module, o: OptimCfg) -> torch.optim.Optimizer:
    matrices = [p for p in net.parameters() if p.ndim > 1]
    vectors = [p for p in net.parameters() if p.ndim <= 1]
    return torch.optim.SGD([{"params": matrices, "weight_decay": o.weight_decay}, {"params": vectors}],
                           lr=o.lr, momentum=o.momentum)


class Engine:
    def __init__(self, cfg: Cfg):
        self.cfg = cfg
        self.dev = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.net = UNet(cfg.width).to(self.dev)
        self.opt = make_optimizer(self.net, cfg.optim)
        self.sched = torch.optim.lr_scheduler.CosineAnnealingLR(self.opt, cfg.optim.epochs)

    def update(self, x, y):
        o = self.cfg.optim
        loss = F.binary_cross_entropy_with_logits(self.net(x.to(self.dev)), y.to(self.dev))
        self.opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), o.weight_decay)  # PLANTED
        self.opt.step()
        return loss.detach()

    @torch.no_grad()
    def dice(self, loader) -> float:
        self.net.eval()
        num, den = torch.zeros((), device=self.dev), torch.zeros((), device=self.dev)
        for x, y in loader:
            p, y = self.net(x.to(self.dev)) > 0, y.to(self.dev) > 0.5
            num += 2 * (p & y).sum()
            den += p.sum() + y.sum()
        return (num / den.clamp(min=1)).item()

    def fit(self, train, valid):
        for epoch in range(self.cfg.optim.epochs):
            self.net.train()
            losses = torch.stack([self.update(x, y) for x, y in train])
            self.sched.step()
            print(f"epoch {epoch:03d} loss {losses.mean().item():.4f} dice {self.dice(valid):.4f}")
        torch.save(self.net.state_dict(), "unet_nuclei.pt")


if __name__ == "__main__":
    cfg = Cfg.from_json(sys.argv[1] if len(sys.argv) > 1 else None)
    random.seed(cfg.seed)
    np.random.seed(cfg.seed)
    torch.manual_seed(cfg.seed)
    d = cfg.data
    train = DataLoader(Nuclei(d.root, "train"), d.batch_size, shuffle=True, drop_last=True, num_workers=d.workers)
    valid = DataLoader(Nuclei(d.root, "valid"), d.batch_size, num_workers=d.workers)
    Engine(cfg).fit(train, valid)
