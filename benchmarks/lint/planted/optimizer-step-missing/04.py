"""Train a graph convolution on Cora."""
import torch
import torch.nn.functional as F
from torch_geometric.datasets import Planetoid
from torch_geometric.nn import GCNConv

torch.manual_seed(12345)
dataset = Planetoid(root="/tmp/Cora", name="Cora")
data = dataset[0]


class GCN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = GCNConv(dataset.num_node_features, 16)
        self.conv2 = GCNConv(16, dataset.num_classes)

    def forward(self, data):
        x, edge_index = data.x, data.edge_index
        x = F.relu(self.conv1(x, edge_index))
        x = F.dropout(x, training=self.training)
        return self.conv2(x, edge_index)


model = GCN()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def train():
    model.train()
    optimizer.zero_grad()
    out = model(data)
    loss = F.cross_entropy(out[data.train_mask], data.y[data.train_mask])
    loss.backward()  # PLANTED
    return loss.item()


def test():
    model.eval()
    with torch.no_grad():
        pred = model(data).argmax(dim=1)
    return (pred[data.test_mask] == data.y[data.test_mask]).float().mean().item()


for epoch in range(1, 201):
    print(f"Epoch: {epoch:03d}, Loss: {train():.4f}")
print("test accuracy", test())
