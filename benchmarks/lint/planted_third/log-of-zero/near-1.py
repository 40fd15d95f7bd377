"""Predicts how far a rumour spreads in a graph from who tells whom."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch_geometric import seed_everything
from torch_geometric.loader import DataLoader
from torch_geometric.nn import global_mean_pool
from torch_geometric.utils import degree, scatter

from rumours import RumourGraphs


class DegreeScaled(nn.Module):
    """Sums of neighbours, once plain and once scaled by the logarithm of the degree (arXiv 2004.05718)."""

    def __init__(self, width: int, usual: float) -> None:
        super().__init__()
        self.usual = usual
        self.mix = nn.Linear(3 * width, width)

    def forward(self, h: Tensor, edges: Tensor) -> Tensor:
        source, target = edges
        mean = scatter(h[source], target, dim=0, dim_size=len(h), reduce="mean")
        scale = torch.log(degree(target, len(h)) + 1).unsqueeze(1) / self.usual
        return h + F.relu(self.mix(torch.cat([h, mean, scale * mean], dim=1)))


class SpreadNet(nn.Module):
    def __init__(self, n_in: int, usual: float, width: int = 64, depth: int = 3) -> None:
        super().__init__()
        self.enter = nn.Linear(n_in, width)
        self.layers = nn.ModuleList(DegreeScaled(width, usual) for _ in range(depth))
        self.far = nn.Linear(width, 1)

    def forward(self, graph) -> Tensor:
        h = self.enter(graph.x)
        for layer in self.layers:
            h = layer(h, graph.edge_index)
        return self.far(global_mean_pool(h, graph.batch)).squeeze(1)


def main() -> None:
    seed_everything(64)
    graphs = RumourGraphs("train")
    usual = torch.cat([torch.log(degree(g.edge_index[1], g.num_nodes) + 1) for g in graphs]).mean().item()
    loader = DataLoader(graphs, batch_size=32, shuffle=True)
    net = SpreadNet(graphs.num_features, usual)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    for epoch in range(60):
        total = torch.zeros(())
        for graph in loader:
            loss = F.mse_loss(net(graph), torch.log1p(graph.reach))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach()
        print(f"epoch {epoch}: {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main()
