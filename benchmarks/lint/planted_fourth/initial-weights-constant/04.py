"""Semi-supervised node classification with a hand-written graph convolution."""
from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric.datasets import Planetoid


@dataclass
class Options:
    name: str = "PubMed"
    hidden: int = 64
    depth: int = 3
    dropout: float = 0.5
    lr: float = 0.01
    decay: float = 5e-4
    epochs: int = 300
    patience: int = 50
    seed: int = 72


def normalizedAdjacency(edgeIndex: Tensor, n: int) -> Tensor:
    loops = torch.arange(n).repeat(2, 1)
    ei = torch.cat([edgeIndex, loops], 1)
    deg = torch.bincount(ei[0], minlength=n).float()
    w = deg[ei[0]].rsqrt() * deg[ei[1]].rsqrt()
    return torch.sparse_coo_tensor(ei, w, (n, n)).coalesce()


class GraphConv(nn.Module):
    def __init__(self, inDim: int, outDim: int):
        super().__init__()
        self.weight = nn.Parameter(torch.full((inDim, outDim), 1.0 / inDim))  # PLANTED
        self.bias = nn.Parameter(torch.zeros(outDim))

    def forward(self, adj: Tensor, x: Tensor) -> Tensor:
        return torch.sparse.mm(adj, x @ self.weight) + self.bias


class GCN(nn.Module):
    def __init__(self, inDim: int, outDim: int, o: Options):
        super().__init__()
        dims = [inDim] + [o.hidden] * (o.depth - 1) + [outDim]
        self.convs = nn.ModuleList(GraphConv(a, b) for a, b in zip(dims, dims[1:]))
        self.dropout = o.dropout

    def forward(self, adj: Tensor, x: Tensor) -> Tensor:
        for conv in self.convs[:-1]:
            x = F.relu(conv(adj, F.dropout(x, self.dropout, self.training)))
        return self.convs[-1](adj, F.dropout(x, self.dropout, self.training))


class Runner:
    def __init__(self, o: Options):
        self.o = o
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        dataset = Planetoid("data/planetoid", o.name)
        self.data = dataset[0].to(self.device)
        self.adj = normalizedAdjacency(dataset[0].edge_index, dataset[0].num_nodes).to(self.device)
        self.x = F.normalize(self.data.x, p=1, dim=1)
        self.model = GCN(dataset.num_features, dataset.num_classes, o).to(self.device)
        weights = [p for p in self.model.parameters() if p.ndim > 1]
        biases = [p for p in self.model.parameters() if p.ndim == 1]
        self.optimizer = torch.optim.Adam(
            [{"params": weights, "weight_decay": o.decay}, {"params": biases, "weight_decay": 0.0}], lr=o.lr)

    def step(self) -> Tensor:
        self.model.train()
        mask = self.data.train_mask
        out = self.model(self.adj, self.x)
        loss = F.cross_entropy(out[mask], self.data.y[mask])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    @torch.no_grad()
    def accuracy(self, *masks: Tensor) -> list[float]:
        self.model.eval()
        hit = self.model(self.adj, self.x).argmax(1) == self.data.y
        return torch.stack([hit[m].float().mean() for m in masks]).tolist()

    def fit(self) -> float:
        best, bestTest, wait = -1.0, 0.0, 0
        for epoch in range(self.o.epochs):
            loss = self.step()
            val, test = self.accuracy(self.data.val_mask, self.data.test_mask)
            if epoch % 10 == 0:
                print(f"epoch {epoch:3d} loss {loss.item():.4f} val {val:.4f}")
            if val > best:
                best, bestTest, wait = val, test, 0
                torch.save(self.model.state_dict(), "gcn.pt")
            else:
                wait += 1
                if wait >= self.o.patience:
                    break
        return bestTest


if __name__ == "__main__":
    options = Options()
    random.seed(options.seed)
    np.random.seed(options.seed)
    torch.manual_seed(options.seed)
    print(f"test accuracy {Runner(options).fit():.4f}")
