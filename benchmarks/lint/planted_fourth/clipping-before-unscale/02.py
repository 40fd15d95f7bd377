"""Point-cloud classification (PointNet on ModelNet40) with a small Trainer."""
from dataclasses import dataclass, field
from typing import Optional

import h5py
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset


@dataclass
class OptimConfig:
    lr: float = 1e-3
    max_grad_norm: Optional[float] = 2.0
    step_size: int = 20
    gamma: float = 0.5


@dataclass
class Config:
    data: str = "data/modelnet40_ply_hdf5_2048"
    n_points: int = 1024
    batch_size: int = 32
    epochs: int = 120
    amp: bool = True
    seed: int = 90
    log_every: int = 50
    optim: OptimConfig = field(default_factory=OptimConfig)


class ModelNet40(Dataset):
    def __init__(self, cfg: Config, split: str):
        self.train, self.n = split == "train", cfg.n_points
        with open(f"{cfg.data}/{split}_files.txt") as fh:
            names = [line.strip().split("/")[-1] for line in fh]
        pts, labels = [], []
        for name in names:
            with h5py.File(f"{cfg.data}/{name}") as f:
                pts.append(f["data"][:])
                labels.append(f["label"][:, 0])
        self.pts = torch.from_numpy(np.concatenate(pts)).float()
        self.labels = torch.from_numpy(np.concatenate(labels)).long()

    def __len__(self) -> int:
        return len(self.pts)

    def __getitem__(self, i: int):
        p = self.pts[i]
        if self.train:
            p = p[torch.randperm(len(p))[: self.n]]
            p = p * (torch.rand(1, 3) * 0.83 + 0.67) + torch.rand(1, 3) * 0.4 - 0.2
        return p[: self.n].t(), self.labels[i]


class PointNet(nn.Module):
    def __init__(self, n_classes: int = 40):
        super().__init__()
        widths = [3, 64, 64, 128, 1024]
        self.point = nn.Sequential(*[
            nn.Sequential(nn.Conv1d(a, b, 1), nn.BatchNorm1d(b), nn.ReLU()) for a, b in zip(widths, widths[1:])])
        self.head = nn.Sequential(nn.Linear(1024, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.4),
                                  nn.Linear(256, n_classes))

    def forward(self, p: Tensor) -> Tensor:
        return self.head(self.point(p).amax(-1))


class Trainer:
    def __init__(self, cfg: Config, model: nn.Module, train: DataLoader, test: DataLoader):
        self.cfg, self.train, self.test = cfg, train, test
        self.model = model.cuda()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=cfg.optim.lr)
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, cfg.optim.step_size, cfg.optim.gamma)
        self.scaler = torch.amp.GradScaler("cuda", enabled=cfg.amp)

    def compute_loss(self, pts: Tensor, label: Tensor) -> Tensor:
        with torch.autocast("cuda", dtype=torch.float16, enabled=self.cfg.amp):
            return F.cross_entropy(self.model(pts), label, label_smoothing=0.2)

    def optimizer_step(self) -> Optional[Tensor]:
        norm = None
        if self.cfg.optim.max_grad_norm is not None:
            norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.cfg.optim.max_grad_norm)  # PLANTED
        self.scaler.unscale_(self.optimizer)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        return norm

    def fit(self) -> None:
        step = 0
        for epoch in range(self.cfg.epochs):
            self.model.train()
            for pts, label in self.train:
                loss = self.compute_loss(pts.cuda(non_blocking=True), label.cuda(non_blocking=True))
                self.scaler.scale(loss).backward()
                self.optimizer_step()
                step += 1
                if step % self.cfg.log_every == 0:
                    print(f"epoch {epoch} step {step} loss {loss.item():.4f}")
            self.scheduler.step()
            print(f"epoch {epoch} test accuracy {self.accuracy():.4f}")
        torch.save(self.model.state_dict(), "pointnet.pt")

    @torch.no_grad()
    def accuracy(self) -> float:
        self.model.eval()
        hits = torch.zeros((), device="cuda")
        for pts, label in self.test:
            hits += (self.model(pts.cuda()).argmax(1) == label.cuda()).sum()
        return hits.item() / len(self.test.dataset)


def main() -> None:
    cfg = Config()
    torch.manual_seed(cfg.seed)
    np.random.seed(cfg.seed)
    train = DataLoader(ModelNet40(cfg, "train"), cfg.batch_size, shuffle=True, drop_last=True, num_workers=4)
    test = DataLoader(ModelNet40(cfg, "test"), 64, num_workers=2)
    Trainer(cfg, PointNet(), train, test).fit()


if __name__ == "__main__":
    main()
