"""GraphSAGE node classification on Cora, plain PyTorch with a sparse adjacency."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch_geometric.datasets import Planetoid
from torch_geometric.transforms import NormalizeFeatures


class SageLayer(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.self_lin = nn.Linear(d_in, d_out)
        self.neigh_lin = nn.Linear(d_in, d_out, bias=False)

    def forward(self, x, adj):
        return self.self_lin(x) + self.neigh_lin(torch.sparse.mm(adj, x))


class GraphSage(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes, n_layers=2, dropout=0.5):
        super().__init__()
        self.dropout = dropout
        self.layers = []
        sizes = [d_in] + [d_hidden] * (n_layers - 1) + [n_classes]
        for i, (a, b) in enumerate(zip(sizes[:-1], sizes[1:])):
            layer = SageLayer(a, b)
            self.add_module(f"sage{i}", layer)
            self.layers.append(layer)

    def forward(self, x, adj):
        for i, layer in enumerate(self.layers):
            if i > 0:
                x = F.relu(x)
            x = F.dropout(x, self.dropout, training=self.training)
            x = layer(x, adj)
        return x


def mean_adjacency(edge_index, n):
    dst, src = edge_index[1], edge_index[0]
    deg = torch.bincount(dst, minlength=n).clamp(min=1).float()
    return torch.sparse_coo_tensor(torch.stack([dst, src]), 1.0 / deg[dst], (n, n)).coalesce()


def accuracies(model, data, adj):
    model.eval()
    with torch.no_grad():
        pred = model(data.x, adj).argmax(dim=1)
    return {name: (pred[mask] == data.y[mask]).float().mean().item()
            for name, mask in (("train", data.train_mask), ("val", data.val_mask), ("test", data.test_mask))}


def main():
    torch.manual_seed(42)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dataset = Planetoid("data/Cora", "Cora", transform=NormalizeFeatures())
    data = dataset[0].to(device)
    adj = mean_adjacency(data.edge_index, data.num_nodes)

    model = GraphSage(dataset.num_features, 64, dataset.num_classes).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)

    best_val, test_at_best = 0.0, 0.0
    for epoch in range(1, 201):
        model.train()
        optimizer.zero_grad()
        out = model(data.x, adj)
        loss = F.cross_entropy(out[data.train_mask], data.y[data.train_mask])
        loss.backward()
        optimizer.step()

        if epoch % 10 == 0:
            acc = accuracies(model, data, adj)
            if acc["val"] > best_val:
                best_val, test_at_best = acc["val"], acc["test"]
            print(f"Epoch {epoch:03d} loss {loss.item():.4f} train {acc['train']:.4f} val {acc['val']:.4f}")
    print(f"Best val {best_val:.4f}, test {test_at_best:.4f}")


if __name__ == "__main__":
    main()
