"""Node classification on Reddit with neighbour sampling.

``BaseRunner`` holds the loop, recipes override ``update``.
"""
from __future__ import annotations

import argparse
import time

import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric import seed_everything
from torch_geometric.datasets import Reddit2
from torch_geometric.loader import NeighborLoader
from torch_geometric.nn import SAGEConv

RECIPES: dict[str, type["BaseRunner"]] = {}


class SAGE(nn.Module):
    def __init__(self, c_in: int, c_hidden: int, c_out: int, dropout: float = 0.5) -> None:
        super().__init__()
        self.convs = nn.ModuleList([SAGEConv(c_in, c_hidden), SAGEConv(c_hidden, c_out)])
        self.dropout = dropout

    def forward(self, x, edge_index):
        h = F.relu(self.convs[0](x, edge_index))
        h = F.dropout(h, p=self.dropout, training=self.training)
        return self.convs[1](h, edge_index)


class BaseRunner:
    def __init_subclass__(cls, name: str, **kw) -> None:
        super().__init_subclass__(**kw)
        RECIPES[name] = cls

    def __init__(self, model: nn.Module, args: argparse.Namespace) -> None:
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = model.to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr)

    def supervised(self, batch, out):
        n = batch.batch_size
        return F.cross_entropy(out[:n], batch.y[:n])

    def update(self, batch):
        self.optimizer.zero_grad()
        loss = self.supervised(batch, self.model(batch.x, batch.edge_index))
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def fit(self, train_loader, val_loader) -> None:
        for epoch in range(1, self.args.epochs + 1):
            tic = time.perf_counter()
            self.model.train()
            losses = [self.update(b.to(self.device)) for b in train_loader]
            mean = torch.stack(losses).mean().item()
            acc = self.accuracy(val_loader)
            print(f"epoch {epoch:02d} loss {mean:.4f} val {acc:.4f} ({time.perf_counter() - tic:.1f}s)")

    @torch.no_grad()
    def accuracy(self, loader) -> float:
        self.model.eval()
        right, total = torch.zeros((), device=self.device), 0
        for b in loader:
            b = b.to(self.device)
            out = self.model(b.x, b.edge_index)[:b.batch_size]
            right += (out.argmax(-1) == b.y[:b.batch_size]).sum()
            total += b.batch_size
        return right.item() / total


class PlainRunner(BaseRunner, name="plain"):
    pass


class ConsistencyRunner(BaseRunner, name="consistency"):
    """Cross-entropy plus agreement between two edge-dropped views."""

    def view(self, edge_index):
        keep = torch.rand(edge_index.size(1), device=edge_index.device) >= self.args.drop_edge
        return edge_index[:, keep]

    def update(self, batch):
        a = self.model(batch.x, self.view(batch.edge_index))
        b = self.model(batch.x, self.view(batch.edge_index))
        log_a, log_b = a.log_softmax(-1), b.log_softmax(-1)
        agree = 0.5 * (
            F.kl_div(log_a, log_b, log_target=True, reduction="batchmean")
            + F.kl_div(log_b, log_a, log_target=True, reduction="batchmean")
        )
        loss = 0.5 * (self.supervised(batch, a) + self.supervised(batch, b)) + self.args.consistency * agree
        loss.backward()  # PLANTED
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimizer.step()
        return loss.detach()


def main() -> None:
    ap = argparse.ArgumentParser()
    ap.add_argument("--recipe", choices=sorted(RECIPES), default="consistency")
    ap.add_argument("--hidden", type=int, default=256)
    ap.add_argument("--lr", type=float, default=3e-3)
    ap.add_argument("--epochs", type=int, default=20)
    ap.add_argument("--batch-size", type=int, default=1024)
    ap.add_argument("--drop-edge", type=float, default=0.2)
    ap.add_argument("--consistency", type=float, default=1.0)
    ap.add_argument("--seed", type=int, default=12)
    args = ap.parse_args()

    seed_everything(args.seed)
    dataset = Reddit2("data/Reddit2")
    data = dataset[0]
    common = dict(num_neighbors=[15, 10], batch_size=args.batch_size, num_workers=4)
    train_loader = NeighborLoader(data, input_nodes=data.train_mask, shuffle=True, **common)
    val_loader = NeighborLoader(data, input_nodes=data.val_mask, **common)
    test_loader = NeighborLoader(data, input_nodes=data.test_mask, **common)

    model = SAGE(dataset.num_features, args.hidden, dataset.num_classes)
    runner = RECIPES[args.recipe](model, args)
    runner.fit(train_loader, val_loader)
    print(f"test accuracy {runner.accuracy(test_loader):.4f}")


if __name__ == "__main__":
    main()
