"""Classifies the nodes of a citation graph with a few rounds of message passing."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor


class Round(nn.Module):
    def __init__(self, inp: int, out: int) -> None:
        super().__init__()
        self.own = nn.Linear(inp, out)
        self.neighbours = nn.Linear(inp, out, bias=False)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        return self.own(x) + self.neighbours(torch.sparse.mm(adjacency, x))


class Graph(nn.Module):
    def __init__(self, first: Round, *between: Round, classes: int, width: int) -> None:
        super().__init__()
        self.first = first
        self.between = between  # PLANTED
        self.last = Round(width, classes)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        x = F.relu(self.first(x, adjacency))
        for layer in self.between:
            x = x + F.relu(layer(F.dropout(x, 0.4, self.training), adjacency))
        return self.last(x, adjacency)


def normalised(edges: Tensor, n: int) -> Tensor:
    degree = torch.bincount(edges[0], minlength=n).clamp(min=1)
    return torch.sparse_coo_tensor(edges, 1.0 / degree[edges[0]], (n, n)).coalesce()


def train(seed: int = 0, depth: int = 4, width: int = 64) -> float:
    torch.manual_seed(seed)
    graph = torch.load("citations.pt", weights_only=True)
    x, y, parts = graph["x"], graph["y"], graph["part"]
    adjacency = normalised(graph["edges"], len(x))
    net = Graph(
        Round(x.shape[1], width),
        *(Round(width, width) for _ in range(depth)),
        classes=int(y.max()) + 1,
        width=width,
    )
    adam = torch.optim.Adam(net.parameters(), lr=0.01)
    for epoch in range(1, 201):
        net.train()
        adam.zero_grad()
        loss = F.cross_entropy(net(x, adjacency)[parts == 0], y[parts == 0])
        loss.backward()
        adam.step()
        if epoch % 10 == 0:
            net.eval()
            with torch.no_grad():
                right = net(x, adjacency).argmax(1) == y
            print(epoch, loss.item(), "valid", right[parts == 1].float().mean().item())
    return right[parts == 1].float().mean().item()


if __name__ == "__main__":
    train()
