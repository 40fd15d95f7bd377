"""Link prediction on a graph, dot-product decoder."""
import torch
from torch_geometric.nn import SAGEConv
from torch_geometric.utils import negative_sampling

torch.manual_seed(71)


class LinkPredictor(torch.nn.Module):
    def __init__(self, n_in, hidden=64):
        super().__init__()
        self.c1, self.c2 = SAGEConv(n_in, hidden), SAGEConv(hidden, hidden)

    def encode(self, x, edge_index):
        return self.c2(self.c1(x, edge_index).relu(), edge_index)

    def decode(self, z, pairs):
        return torch.sigmoid((z[pairs[0]] * z[pairs[1]]).sum(-1))  # PLANTED


def fit(data, epochs=100):
    model = LinkPredictor(data.num_features)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    criterion = torch.nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        model.train()
        optimizer.zero_grad()
        z = model.encode(data.x, data.edge_index)
        neg = negative_sampling(data.edge_index, data.num_nodes, data.edge_index.size(1))
        pairs = torch.cat([data.edge_index, neg], dim=1)
        truth = torch.cat([torch.ones(data.edge_index.size(1)), torch.zeros(neg.size(1))])
        loss = criterion(model.decode(z, pairs), truth)
        loss.backward()
        optimizer.step()
        if epoch % 10 == 0:
            print(f"{epoch:03d} {loss.item():.4f}")
    return model
