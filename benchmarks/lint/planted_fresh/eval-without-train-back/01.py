"""Classify nodes of a citation graph with graph attention, watched on its validation nodes."""

import torch
import torch.nn.functional as F
from torch_geometric.datasets import Planetoid
from torch_geometric.nn import GATConv
from torch_geometric.transforms import NormalizeFeatures

torch.manual_seed(2708)
dataset = Planetoid("data", "Cora", transform=NormalizeFeatures())
graph = dataset[0].to("cuda")


class GAT(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = GATConv(dataset.num_features, 8, heads=8, dropout=0.6)
        self.second = GATConv(64, dataset.num_classes, concat=False, dropout=0.6)

    def forward(self, x, edge_index):
        x = F.dropout(x, 0.6, training=self.training)
        x = F.elu(self.first(x, edge_index))
        x = F.dropout(x, 0.6, training=self.training)
        return self.second(x, edge_index)


def accuracy(net, mask):
    net.eval()  # PLANTED
    with torch.no_grad():
        guess = net(graph.x, graph.edge_index).argmax(dim=-1)
    return (guess[mask] == graph.y[mask]).float().mean().item()


net = GAT().to("cuda")
opt = torch.optim.Adam(net.parameters(), lr=5e-3)
net.train()
for epoch in range(300):
    opt.zero_grad()
    out = net(graph.x, graph.edge_index)
    loss = F.cross_entropy(out[graph.train_mask], graph.y[graph.train_mask])
    loss.backward()
    opt.step()
    if epoch % 10 == 0:
        val = accuracy(net, graph.val_mask)
        print(f"epoch {epoch:3d} loss {loss.item():.4f} val {val:.3f}")
print(f"test {accuracy(net, graph.test_mask):.3f}")
