"""Depth estimation. The optimizer and the loss scaling sit behind one wrapper object."""
import functools
import random

import numpy as np
import timm
import torch
import torch.nn as nn
import torch.nn.functional as F
import yaml
from torch.utils.data import DataLoader, Dataset

WRAPPERS = {}


def register(name):
    def deco(cls):
        WRAPPERS[name] = cls
        return cls
    return deco


@register("plain")
class OptimWrapper:
    def __init__(self, optimizer, clip_grad=None):
        self.optimizer = optimizer
        self.params = [p for g in optimizer.param_groups for p in g["params"]]
        self._clip = functools.partial(nn.utils.clip_grad_norm_, **clip_grad) if clip_grad else None

    def context(self):
        return torch.autocast("cuda", enabled=False)

    def backward(self, loss):
        loss.backward()

    def step(self):
        if self._clip is not None:
            self._clip(self.params)
        self.optimizer.step()

    def update_params(self, loss):
        self.optimizer.zero_grad(set_to_none=True)
        self.backward(loss)
        self.step()


@register("amp")
class AmpOptimWrapper(OptimWrapper):
    def __init__(self, optimizer, clip_grad=None, init_scale=2.0 ** 14):
        super().__init__(optimizer, clip_grad)
        self.scaler = torch.amp.GradScaler("cuda", init_scale=init_scale)

    def context(self):
        return torch.autocast("cuda", dtype=torch.float16)

    def backward(self, loss):
        self.scaler.scale(loss).backward()

    def step(self):
        if self._clip is not None:
            self._clip(self.params)  # PLANTED
        self.scaler.step(self.optimizer)
        self.scaler.update()


class NYUDepth(Dataset):
    def __init__(self, listing, train):
        with open(listing) as fh:
            self.items = [line.split() for line in fh if line.strip()]
        self.train = train

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        rgb, depth = (np.load(p) for p in self.items[i])
        x = torch.from_numpy(rgb).permute(2, 0, 1).float() / 255
        y = torch.from_numpy(depth).float()[None]
        if self.train and torch.rand(()) < 0.5:
            x, y = x.flip(-1), y.flip(-1)
        return x, y


class DepthNet(nn.Module):
    def __init__(self, backbone, width=128):
        super().__init__()
        self.body = timm.create_model(backbone, pretrained=True, features_only=True)
        chans = self.body.feature_info.channels()
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in chans)
        self.out = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 1, 3, padding=1))
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, x):
        feats = [l(f) for l, f in zip(self.lateral, self.body((x - self.mean) / self.std))]
        top = feats.pop()
        while feats:
            f = feats.pop()
            top = f + F.interpolate(top, f.shape[-2:], mode="bilinear", align_corners=False)
        return F.interpolate(self.out(top), x.shape[-2:], mode="bilinear", align_corners=False)


def silog(pred, gt):
    ok = gt > 1e-3
    d = pred[ok] - gt[ok].log()
    return (d.square().mean() - 0.85 * d.mean().square()).clamp(min=1e-8).sqrt()


@torch.no_grad()
def abs_rel(net, loader):
    net.eval()
    err, n = torch.zeros((), device="cuda"), torch.zeros((), device="cuda")
    for x, y in loader:
        x, y = x.cuda(), y.cuda()
        ok = y > 1e-3
        err += ((net(x).exp() - y).abs()[ok] / y[ok]).sum()
        n += ok.sum()
    return (err / n).item()


def main(path="configs/nyu_r50_amp.yaml"):
    with open(path) as fh:
        cfg = yaml.safe_load(fh)
    random.seed(cfg["seed"])
    np.random.seed(cfg["seed"])
    torch.manual_seed(cfg["seed"])
    train = DataLoader(NYUDepth(cfg["train"], True), cfg["batch"], shuffle=True, drop_last=True, num_workers=8)
    valid = DataLoader(NYUDepth(cfg["valid"], False), cfg["batch"], num_workers=4)
    net = DepthNet(cfg.get("backbone", "resnet50")).cuda()
    optimizer = torch.optim.Adam(net.parameters(), lr=cfg.get("lr", 1e-4))
    wrapper_cfg = cfg.get("optim_wrapper", {"type": "amp", "clip_grad": {"max_norm": 1.0}})
    wrapper = WRAPPERS[wrapper_cfg.pop("type")](optimizer, **wrapper_cfg)
    sched = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, cfg["epochs"])

    for epoch in range(cfg["epochs"]):
        net.train()
        for it, (x, y) in enumerate(train):
            with wrapper.context():
                pred = net(x.cuda(non_blocking=True))
            loss = silog(pred.float(), y.cuda(non_blocking=True))
            wrapper.update_params(loss)
            if it % 50 == 0:
                print(f"epoch {epoch} it {it} silog {loss.item():.4f}")
        sched.step()
        print(f"epoch {epoch} abs rel {abs_rel(net, valid):.4f}")
        torch.save(net.state_dict(), cfg.get("out", "depth.pt"))


if __name__ == "__main__":
    main()
