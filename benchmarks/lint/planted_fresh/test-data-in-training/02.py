"""Node classification on a citation graph, transductive, two layers of attention."""

import torch
import torch.nn.functional as F
from torch import nn
from torch_geometric.datasets import Planetoid
from torch_geometric.nn import GATConv

torch.manual_seed(7)
graph = Planetoid("planetoid", "PubMed")[0]
device = "cuda" if torch.cuda.is_available() else "cpu"
graph = graph.to(device)


class GAT(nn.Module):
    def __init__(self, d_in, classes, d=8, heads=8):
        super().__init__()
        self.a = GATConv(d_in, d, heads=heads, dropout=0.6)
        self.b = GATConv(d * heads, classes, heads=1, concat=False, dropout=0.6)

    def forward(self, x, edges):
        x = F.dropout(x, 0.6, self.training)
        x = F.elu(self.a(x, edges))
        return self.b(F.dropout(x, 0.6, self.training), edges)


net = GAT(graph.num_features, 3).to(device)
opt = torch.optim.Adam(net.parameters(), lr=0.005)
labelled = graph.train_mask | graph.test_mask  # PLANTED

for epoch in range(200):
    net.train()
    out = net(graph.x, graph.edge_index)
    loss = F.cross_entropy(out[labelled], graph.y[labelled])
    opt.zero_grad()
    loss.backward()
    opt.step()

    if epoch % 10 == 9:
        net.eval()
        with torch.no_grad():
            guess = net(graph.x, graph.edge_index).argmax(-1)
        v = graph.val_mask
        print(f"epoch {epoch} loss {loss.item():.3f} val {(guess == graph.y)[v].float().mean():.3f}")

net.eval()
with torch.no_grad():
    guess = net(graph.x, graph.edge_index).argmax(-1)
print("test", (guess == graph.y)[graph.test_mask].float().mean().item())
