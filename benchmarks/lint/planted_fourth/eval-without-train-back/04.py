"""Molecular property regression with a GIN, early stopping on the validation MAE."""
from __future__ import annotations

import logging
from dataclasses import dataclass

import torch
from torch import nn
from torch_geometric.datasets import ZINC
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GINEConv, global_add_pool
from torch_geometric.seed import seed_everything

logger = logging.getLogger(__name__)


@dataclass
class Params:
    hidden: int = 128
    layers: int = 4
    dropout: float = 0.1
    lr: float = 1e-3
    batch_size: int = 128
    max_epochs: int = 300
    patience: int = 30
    seed: int = 41
    ckpt: str = "gin_zinc.pt"


class GIN(nn.Module):
    def __init__(self, p: Params, n_atoms: int = 28, n_bonds: int = 4):
        super().__init__()
        self.atom = nn.Embedding(n_atoms, p.hidden)
        self.bond = nn.Embedding(n_bonds, p.hidden)
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for _ in range(p.layers):
            mlp = nn.Sequential(nn.Linear(p.hidden, 2 * p.hidden), nn.ReLU(), nn.Linear(2 * p.hidden, p.hidden))
            self.convs.append(GINEConv(mlp, train_eps=True))
            self.norms.append(nn.BatchNorm1d(p.hidden))
        self.dropout = nn.Dropout(p.dropout)
        self.readout = nn.Sequential(nn.Linear(p.hidden, p.hidden), nn.ReLU(), nn.Linear(p.hidden, 1))

    def forward(self, batch):
        h, e = self.atom(batch.x.squeeze(-1)), self.bond(batch.edge_attr)
        for conv, norm in zip(self.convs, self.norms):
            h = h + self.dropout(torch.relu(norm(conv(h, batch.edge_index, e))))
        return self.readout(global_add_pool(h, batch.batch)).squeeze(-1)


class Trainer:
    def __init__(self, params: Params):
        self.p = params
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        make = lambda split, shuffle: DataLoader(
            ZINC("data/zinc", subset=True, split=split), params.batch_size, shuffle=shuffle)
        self.train_loader, self.val_loader = make("train", True), make("val", False)
        self.test_loader = make("test", False)
        self.model = GIN(params).to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=params.lr)
        self.best_mae = float("inf")
        self.bad_epochs = 0

    def _mae(self, loader) -> float:
        err = torch.zeros((), device=self.device)
        with torch.no_grad():
            for batch in loader:
                batch = batch.to(self.device)
                err += (self.model(batch) - batch.y).abs().sum()
        return err.item() / len(loader.dataset)

    def _validate(self) -> bool:
        """Returns True when training should go on."""
        self.model.eval()  # PLANTED
        mae = self._mae(self.val_loader)
        logger.info("val mae %.4f (best %.4f)", mae, self.best_mae)
        if mae >= self.best_mae:
            self.bad_epochs += 1
            return self.bad_epochs < self.p.patience
        self.best_mae, self.bad_epochs = mae, 0
        torch.save(self.model.state_dict(), self.p.ckpt)
        self.model.train()
        return True

    def fit(self) -> None:
        self.model.train()
        for epoch in range(self.p.max_epochs):
            total = torch.zeros((), device=self.device)
            for batch in self.train_loader:
                batch = batch.to(self.device)
                loss = nn.functional.l1_loss(self.model(batch), batch.y)
                self.optimizer.zero_grad()
                loss.backward()
                self.optimizer.step()
                total += loss.detach()
            logger.info("epoch %d train loss %.4f", epoch, total.item() / len(self.train_loader))
            if not self._validate():
                logger.info("early stop at epoch %d", epoch)
                break

    def test(self) -> float:
        self.model.load_state_dict(torch.load(self.p.ckpt, map_location=self.device, weights_only=True))
        self.model.eval()
        return self._mae(self.test_loader)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    params = Params()
    seed_everything(params.seed)
    trainer = Trainer(params)
    trainer.fit()
    logger.info("test mae %.4f", trainer.test())
