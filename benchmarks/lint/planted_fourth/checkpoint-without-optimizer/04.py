"""Node classification on ogbn-products with neighbour sampling, under Fabric."""
from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import lightning as L
import torch
import torch.nn.functional as F
from ogb.nodeproppred import PygNodePropPredDataset
from torch_geometric.loader import NeighborLoader
from torch_geometric.nn import SAGEConv


@dataclass
class Settings:
    root: str = "data"
    hidden: int = 256
    layers: int = 3
    dropout: float = 0.5
    lr: float = 3e-3
    batch_size: int = 1024
    epochs: int = 30
    seed: int = 12
    ckpt: str = "runs/sage/state.ckpt"


class SAGE(torch.nn.Module):
    def __init__(self, in_dim: int, out_dim: int, s: Settings):
        super().__init__()
        dims = [in_dim] + [s.hidden] * (s.layers - 1) + [out_dim]
        self.convs = torch.nn.ModuleList(SAGEConv(a, b) for a, b in zip(dims, dims[1:]))
        self.dropout = s.dropout

    def forward(self, x, edge_index):
        for conv in self.convs[:-1]:
            x = F.dropout(conv(x, edge_index).relu(), self.dropout, self.training)
        return self.convs[-1](x, edge_index)


class Session:
    """Owns what a run consists of and keeps it on disk."""

    def __init__(self, fabric: L.Fabric, s: Settings):
        self.fabric, self.s = fabric, s
        dataset = PygNodePropPredDataset("ogbn-products", s.root)
        self.graph, split = dataset[0], dataset.get_idx_split()
        self.graph.y = self.graph.y.squeeze(1)
        self.loaders = {k: self._loader(split[k], k == "train") for k in ("train", "valid")}
        net = SAGE(dataset.num_features, dataset.num_classes, s)
        optim = torch.optim.Adam(net.parameters(), lr=s.lr)
        self.net, self.optim = fabric.setup(net, optim)
        self.epoch, self.best = 0, 0.0
        self.path = Path(s.ckpt)
        if self.path.exists():
            self.restore()

    def _loader(self, idx, train):
        loader = NeighborLoader(self.graph, [15, 10, 5], input_nodes=idx, batch_size=self.s.batch_size,
                                shuffle=train, num_workers=6)
        return self.fabric.setup_dataloaders(loader)

    def progress(self) -> dict:
        return {"epoch": self.epoch, "best": self.best, "settings": asdict(self.s)}

    def persist(self) -> None:
        state = {"net": self.net, **self.progress()}
        self.fabric.save(self.path, state)  # PLANTED

    def restore(self) -> None:
        remainder = self.fabric.load(self.path, {"net": self.net})
        self.epoch, self.best = remainder["epoch"], remainder["best"]
        self.fabric.print(f"continuing after epoch {self.epoch}")

    def _forward(self, batch):
        n = batch.batch_size
        return self.net(batch.x, batch.edge_index)[:n], batch.y[:n]

    def train_epoch(self) -> float:
        self.net.train()
        losses = []
        for batch in self.loaders["train"]:
            logits, y = self._forward(batch)
            loss = F.cross_entropy(logits, y)
            self.optim.zero_grad()
            self.fabric.backward(loss)
            self.optim.step()
            losses.append(loss.detach())
        return torch.stack(losses).mean().item()

    @torch.no_grad()
    def validate(self) -> float:
        self.net.eval()
        hits, n = torch.zeros((), device=self.fabric.device), 0
        for batch in self.loaders["valid"]:
            logits, y = self._forward(batch)
            hits += (logits.argmax(-1) == y).sum()
            n += len(y)
        return (hits / n).item()

    def run(self) -> None:
        while self.epoch < self.s.epochs:
            loss = self.train_epoch()
            acc = self.validate()
            self.epoch += 1
            self.best = max(self.best, acc)
            self.fabric.print(f"epoch {self.epoch:03d} loss {loss:.4f} valid {acc:.4f} best {self.best:.4f}")
            self.persist()


def main() -> None:
    settings = Settings()
    L.seed_everything(settings.seed)
    fabric = L.Fabric(accelerator="auto", devices=1, precision="bf16-mixed")
    fabric.launch()
    Session(fabric, settings).run()


if __name__ == "__main__":
    main()
