"""Node classification with a graph convolution written from the paper's formula."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch_geometric.datasets import Planetoid
from torch_geometric.utils import add_self_loops, degree


class GraphConv(nn.Module):
    """D^-1/2 (A + I) D^-1/2 X W, Kipf and Welling 2017."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(inputs, outputs) / inputs)  # PLANTED
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x, edges, norm):
        x = x @ self.weight
        out = torch.zeros_like(x).index_add(0, edges[1], norm.unsqueeze(1) * x[edges[0]])
        return out + self.bias


class GCN(nn.Module):
    def __init__(self, features, classes, hidden=32):
        super().__init__()
        self.one, self.two = GraphConv(features, hidden), GraphConv(hidden, classes)

    def forward(self, x, edges, norm):
        return self.two(F.relu(self.one(x, edges, norm)), edges, norm)


torch.manual_seed(2017)
data = Planetoid("data", "PubMed")
graph = data[0]
edges, _ = add_self_loops(graph.edge_index)
deg = degree(edges[1], graph.num_nodes)
norm = deg[edges[0]].rsqrt() * deg[edges[1]].rsqrt()
gcn = GCN(data.num_features, data.num_classes)
opt = torch.optim.Adam(gcn.parameters(), lr=0.01)

for epoch in range(200):
    gcn.train()
    out = gcn(graph.x, edges, norm)
    loss = F.cross_entropy(out[graph.train_mask], graph.y[graph.train_mask])
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 20 == 0:
        gcn.eval()
        with torch.no_grad():
            guess = gcn(graph.x, edges, norm).argmax(1)
        val = (guess == graph.y)[graph.val_mask].float().mean().item()
        print(f"epoch {epoch} loss {loss.item():.4f} val {val:.3f}")
