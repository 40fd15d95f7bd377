"""Node classification with neighbour sampling."""
import torch as th
import torch.nn.functional as F
from torch_geometric.loader import NeighborLoader
from torch_geometric.nn import GATConv

th.manual_seed(0)


class GAT(th.nn.Module):
    def __init__(self, i, h, o):
        super().__init__()
        self.a = GATConv(i, h, heads=4, dropout=0.3)
        self.b = GATConv(4 * h, o, heads=1, dropout=0.3)

    def forward(self, x, ei):
        return self.b(F.elu(self.a(x, ei)), ei)


def accuracy(net, loader):
    net.eval()
    ok = n = 0
    for batch in loader:  # PLANTED
        pred = net(batch.x, batch.edge_index)[: batch.batch_size].argmax(-1)
        ok = ok + (pred == batch.y[: batch.batch_size]).sum()
        n += batch.batch_size
    return float(ok) / n


def main(data):
    train = NeighborLoader(data, [10, 10], input_nodes=data.train_mask, batch_size=512, shuffle=True)
    valid = NeighborLoader(data, [10, 10], input_nodes=data.val_mask, batch_size=512)
    net = GAT(data.num_features, 64, int(data.y.max()) + 1)
    opt = th.optim.Adam(net.parameters(), lr=5e-3)
    for epoch in range(20):
        net.train()
        for b in train:
            opt.zero_grad()
            loss = F.cross_entropy(net(b.x, b.edge_index)[: b.batch_size], b.y[: b.batch_size])
            loss.backward()
            opt.step()
        print(epoch, loss.item(), accuracy(net, valid))
