"""Predict missing links in a graph of proteins with a graph autoencoder."""
import torch
import torch.nn.functional as F
from torch_geometric.nn import SAGEConv
from torch_geometric.transforms import RandomLinkSplit
from torch_geometric.utils import negative_sampling

from proteins import load_graph

torch.manual_seed(46)
device = "cuda" if torch.cuda.is_available() else "cpu"
split = RandomLinkSplit(num_val=0.1, num_test=0.1, is_undirected=True)
train, val, _ = (g.to(device) for g in split(load_graph()))


class LinkModel(torch.nn.Module):
    def __init__(self, d_in, d=128):
        super().__init__()
        self.one, self.two = SAGEConv(d_in, d), SAGEConv(d, d)

    def encode(self, g):
        h = self.one(g.x, g.edge_index).relu()
        return self.two(F.dropout(h, 0.3, self.training), g.edge_index)

    def decode(self, z, pairs):
        a, b = z[pairs[0]], z[pairs[1]]
        return (a * b).sum(dim=-1).sigmoid()  # PLANTED


def loss_of(model, g):
    known = g.edge_label_index[:, g.edge_label == 1]
    absent = negative_sampling(g.edge_index, g.num_nodes, known.size(1))
    z = model.encode(g)
    scores = model.decode(z, torch.cat([known, absent], dim=1))
    truth = torch.cat([scores.new_ones(known.size(1)), scores.new_zeros(absent.size(1))])
    return F.binary_cross_entropy_with_logits(scores, truth)


model = LinkModel(train.num_features).to(device)
opt = torch.optim.Adam(model.parameters(), lr=0.005)
for epoch in range(300):
    model.train()
    opt.zero_grad()
    loss = loss_of(model, train)
    loss.backward()
    opt.step()
    if epoch % 10 == 0:
        model.eval()
        with torch.no_grad():
            held = loss_of(model, val)
        print(f"epoch {epoch:3d} train {loss.item():.4f} val {held.item():.4f}")
