"""Sparse mixture-of-experts forecaster for retail demand."""
from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Callable, Sequence

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class MoEConfig:
    window: int = 56
    horizon: int = 14
    d_model: int = 64
    n_experts: int = 6
    top_k: int = 2
    balance: float = 0.01
    lr: float = 1e-3
    epochs: int = 20
    batch_size: int = 512
    seed: int = 404


EXPERTS: dict[str, Callable[[int], nn.Module]] = {}


def expert(name: str):
    def wrap(fn):
        EXPERTS[name] = fn
        return fn
    return wrap


@expert("mlp")
def mlp_expert(d: int) -> nn.Module:
    return nn.Sequential(nn.Linear(d, 2 * d), nn.GELU(), nn.Linear(2 * d, d))


@expert("gated")
def gated_expert(d: int) -> nn.Module:
    return nn.Sequential(nn.Linear(d, 4 * d), nn.GLU(dim=-1), nn.Linear(2 * d, d))


def replicate(factory: Callable[[int], nn.Module], d: int, n: int) -> Sequence[nn.Module]:
    return [factory(d) for _ in range(n)]


class Forecaster(nn.Module, abc.ABC):
    def __init__(self, cfg: MoEConfig):
        super().__init__()
        self.cfg = cfg
        self.inp = nn.Linear(cfg.window, cfg.d_model)
        self.out = nn.Linear(cfg.d_model, cfg.horizon)
        self.aux: torch.Tensor | None = None

    @abc.abstractmethod
    def mix(self, h: torch.Tensor) -> torch.Tensor: ...

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        level = x.mean(dim=1, keepdim=True)
        h = F.gelu(self.inp(x - level))
        return self.out(h + self.mix(h)) + level


class MoEForecaster(Forecaster):
    def __init__(self, cfg: MoEConfig, kind: str = "mlp"):
        super().__init__(cfg)
        self.router = nn.Linear(cfg.d_model, cfg.n_experts)
        self.experts = replicate(EXPERTS[kind], cfg.d_model, cfg.n_experts)  # PLANTED

    def mix(self, h: torch.Tensor) -> torch.Tensor:
        probs = self.router(h).softmax(dim=-1)
        weight, index = probs.topk(self.cfg.top_k, dim=-1)
        weight = weight / weight.sum(dim=-1, keepdim=True)
        out = torch.zeros_like(h)
        for e, module in enumerate(self.experts):
            row, slot = torch.where(index == e)
            if row.numel():
                out = out.index_add(0, row, weight[row, slot].unsqueeze(1) * module(h[row]))
        load = F.one_hot(index, self.cfg.n_experts).float().mean(dim=(0, 1))
        self.aux = self.cfg.n_experts * (load * probs.mean(0)).sum()
        return out


def windows(series: np.ndarray, cfg: MoEConfig, lo: int, hi: int) -> TensorDataset:
    span = cfg.window + cfg.horizon
    cuts = [series[:, t:t + span] for t in range(lo, hi - span + 1, 7)]
    block = torch.from_numpy(np.concatenate(cuts)).float()
    return TensorDataset(block[:, : cfg.window], block[:, cfg.window:])


def epoch_loss(model: Forecaster, loader: DataLoader, optimizer: torch.optim.Optimizer | None = None) -> float:
    model.train(optimizer is not None)
    total, n = torch.zeros(()), 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            fit = F.huber_loss(model(x), y)
            if optimizer is not None:
                optimizer.zero_grad()
                (fit + model.cfg.balance * model.aux).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
            total += fit.detach() * len(x)
            n += len(x)
    return total.item() / n


def main() -> None:
    cfg = MoEConfig()
    torch.manual_seed(cfg.seed)
    sales = np.log1p(np.load("sales_daily.npy"))  # (items, days)
    cut = int(sales.shape[1] * 0.85)
    train = DataLoader(windows(sales, cfg, 0, cut), cfg.batch_size, shuffle=True)
    valid = DataLoader(windows(sales, cfg, cut, sales.shape[1]), cfg.batch_size)

    model = MoEForecaster(cfg, kind="gated")
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        tr = epoch_loss(model, train, optimizer)
        va = epoch_loss(model, valid)
        print(f"epoch {epoch:02d} train {tr:.4f} valid {va:.4f}")


if __name__ == "__main__":
    main()
