from __future__ import annotations

import copy
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch_geometric.datasets import TUDataset
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GINConv, global_add_pool

log = logging.getLogger("graphs")


@dataclass
class RunConfig:
    root: str = "data/TU"
    name: str = "PROTEINS"
    hidden: int = 64
    lr: float = 1e-3
    epochs: int = 200
    milestones: list[int] = field(default_factory=lambda: [80, 140])
    seed: int = 3
    ema: float = 0.999
    workdir: Path = Path("runs/gin")


class GIN(nn.Module):
    def __init__(self, d_in, hidden, n_out):
        super().__init__()
        mlp = lambda a: nn.Sequential(nn.Linear(a, hidden), nn.ReLU(), nn.Linear(hidden, hidden))
        self.convs = nn.ModuleList([GINConv(mlp(d_in)), GINConv(mlp(hidden)), GINConv(mlp(hidden))])
        self.out = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(0.4), nn.Linear(hidden, n_out))

    def forward(self, data):
        x = data.x
        for conv in self.convs:
            x = conv(x, data.edge_index).relu()
        return self.out(global_add_pool(x, data.batch))


class EMA(nn.Module):
    def __init__(self, model: nn.Module, decay: float):
        super().__init__()
        self.shadow = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, model):
        for s, p in zip(self.shadow.parameters(), model.parameters()):
            s.lerp_(p, 1 - self.decay)


class Session:
    parts = ("model", "ema", "optimizer", "scheduler")

    def __init__(self, cfg: RunConfig):
        self.cfg = cfg
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        data = TUDataset(cfg.root, cfg.name).shuffle()
        cut = int(0.8 * len(data))
        self.train_dl = DataLoader(data[:cut], batch_size=64, shuffle=True)
        self.val_dl = DataLoader(data[cut:], batch_size=128)
        self.model = GIN(data.num_features, cfg.hidden, data.num_classes).to(self.device)
        self.ema = EMA(self.model, cfg.ema)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=cfg.lr)
        self.scheduler = torch.optim.lr_scheduler.MultiStepLR(self.optimizer, cfg.milestones, gamma=0.3)
        self.next_epoch = 0

    def snapshot(self, epoch: int) -> None:
        state = {name: getattr(self, name).state_dict() for name in self.parts}
        state["epoch"] = epoch
        self.cfg.workdir.mkdir(parents=True, exist_ok=True)
        torch.save(state, self.cfg.workdir / "session.pt")

    def restore(self, path: Path, only: Iterable[str] = ("model", "ema", "optimizer")) -> None:
        state = torch.load(path, map_location=self.device, weights_only=True)
        for name in only:
            getattr(self, name).load_state_dict(state[name])
        self.next_epoch = state["epoch"] + 1  # PLANTED
        log.info("continuing at epoch %d", self.next_epoch)

    def train_epoch(self) -> float:
        self.model.train()
        total = torch.zeros((), device=self.device)
        for batch in self.train_dl:
            batch = batch.to(self.device)
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(batch), batch.y)
            loss.backward()
            self.optimizer.step()
            self.ema.update(self.model)
            total += loss.detach() * batch.num_graphs
        return total.item() / len(self.train_dl.dataset)

    @torch.no_grad()
    def evaluate(self) -> float:
        hits = 0
        for batch in self.val_dl:
            batch = batch.to(self.device)
            hits += (self.ema.shadow(batch).argmax(-1) == batch.y).sum()
        return hits.item() / len(self.val_dl.dataset)

    def run(self) -> None:
        for epoch in range(self.next_epoch, self.cfg.epochs):
            loss = self.train_epoch()
            self.scheduler.step()
            log.info("epoch %d loss %.4f val acc %.4f", epoch, loss, self.evaluate())
            self.snapshot(epoch)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    cfg = RunConfig()
    torch.manual_seed(cfg.seed)
    session = Session(cfg)
    last = cfg.workdir / "session.pt"
    if last.is_file():
        session.restore(last)
    session.run()
