"""Solubility regression on molecular graphs (dense batches, message passing written out by hand)."""
from __future__ import annotations

import logging
from pathlib import Path
from typing import Iterable, Optional

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
log = logging.getLogger(__name__)


class MoleculeGraphs(Dataset):
    def __init__(self, npz: Path, mean: Optional[float] = None, std: Optional[float] = None):
        with np.load(npz) as f:
            self.atoms = torch.from_numpy(f["atoms"]).float()      # N x A x F
            self.bonds = torch.from_numpy(f["bonds"]).float()      # N x A x A
            self.mask = torch.from_numpy(f["mask"]).float()        # N x A
            target = torch.from_numpy(f["logS"]).float()
        self.mean = target.mean().item() if mean is None else mean
        self.std = target.std().item() if std is None else std
        self.target = (target - self.mean) / self.std

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, i: int):
        return self.atoms[i], self.bonds[i], self.mask[i], self.target[i]


class MessageLayer(nn.Module):
    def __init__(self, dim: int, dropout: float):
        super().__init__()
        self.message = nn.Linear(dim, dim)
        self.update = nn.GRUCell(dim, dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, h: Tensor, bonds: Tensor) -> Tensor:
        m = torch.bmm(bonds, self.message(h))
        new = self.update(self.drop(m).flatten(0, 1), h.flatten(0, 1))
        return new.view_as(h)


class MPNN(nn.Module):
    def __init__(self, n_feat: int, dim: int = 96, rounds: int = 4, dropout: float = 0.1):
        super().__init__()
        self.embed = nn.Linear(n_feat, dim)
        self.rounds = nn.ModuleList(MessageLayer(dim, dropout) for _ in range(rounds))
        self.readout = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 1))

    def forward(self, atoms: Tensor, bonds: Tensor, mask: Tensor) -> Tensor:
        h = torch.relu(self.embed(atoms))
        for layer in self.rounds:
            h = layer(h, bonds)
        pooled = (h * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)
        return self.readout(pooled).squeeze(-1)


class Runner:
    def __init__(self, model: nn.Module, device: torch.device, lr: float, epochs: int):
        self.model, self.device, self.epochs = model.to(device), device, epochs
        self.criterion = nn.HuberLoss(reduction="none")
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=lr)
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, epochs)

    def _backprop(self, loss: Tensor) -> None:
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()

    def _run(self, loader: Iterable, train: bool = False) -> dict[str, float]:
        self.model.train(train)
        sums = torch.zeros(2, device=self.device)
        n = 0
        for batch in loader:  # PLANTED
            atoms, bonds, mask, y = (t.to(self.device) for t in batch)
            pred = self.model(atoms, bonds, mask)
            loss = self.criterion(pred, y)
            if train:
                self._backprop(loss.mean())
            sums[0] += loss.detach().sum()
            sums[1] += (pred.detach() - y).abs().sum()
            n += len(y)
        huber, mae = (sums / n).tolist()
        return {"huber": huber, "mae": mae}

    def fit(self, train_loader: DataLoader, valid_loader: DataLoader, path: Path) -> None:
        best = float("inf")
        for epoch in range(self.epochs):
            train_stats = self._run(train_loader, train=True)
            valid_stats = self._run(valid_loader)
            self.scheduler.step()
            log.info("epoch %d train %s valid %s", epoch, train_stats, valid_stats)
            if valid_stats["huber"] < best:
                best = valid_stats["huber"]
                torch.save(self.model.state_dict(), path)

    def test(self, loader: DataLoader, path: Path, scale: float) -> float:
        self.model.load_state_dict(torch.load(path, map_location=self.device, weights_only=True))
        with torch.no_grad():
            return self._run(loader)["mae"] * scale


def main() -> None:
    torch.manual_seed(271)
    root, best = Path("data/esol"), Path("mpnn.pt")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    train_set = MoleculeGraphs(root / "train.npz")
    valid_set, test_set = (
        MoleculeGraphs(root / f"{s}.npz", train_set.mean, train_set.std) for s in ("valid", "test")
    )
    runner = Runner(MPNN(train_set.atoms.size(-1)), device, lr=1e-3, epochs=120)
    runner.fit(
        DataLoader(train_set, batch_size=32, shuffle=True),
        DataLoader(valid_set, batch_size=128),
        best,
    )
    log.info("test MAE %.3f logS", runner.test(DataLoader(test_set, batch_size=128), best, train_set.std))


if __name__ == "__main__":
    main()
