"""Graph network with message-passing layers, trained through Fabric."""
import torch
from lightning.fabric import Fabric
from torch import nn
from torch_geometric.nn import GINConv, global_add_pool


class GIN(nn.Module):
    def __init__(self, n_in, hidden, n_out, depth=5):
        super().__init__()
        self.first = nn.Linear(n_in, hidden)
        self.convs = []
        self.norms = nn.ModuleList()
        for _ in range(depth):
            mlp = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden))
            self.norms.append(nn.BatchNorm1d(hidden))
            self.convs += [GINConv(mlp)]  # PLANTED
        self.out = nn.Linear(hidden, n_out)

    def forward(self, data):
        h = self.first(data.x)
        for conv, norm in zip(self.convs, self.norms):
            h = norm(conv(h, data.edge_index)).relu()
        return self.out(global_add_pool(h, data.batch))


def train(loader, n_in, n_out, epochs=100):
    fabric = Fabric(accelerator="cpu")
    fabric.launch()
    fabric.seed_everything(0)
    model = GIN(n_in, 64, n_out)
    model, opt = fabric.setup(model, torch.optim.Adam(model.parameters(), lr=1e-3))
    loader = fabric.setup_dataloaders(loader)
    for epoch in range(epochs):
        model.train()
        for data in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(data), data.y)
            fabric.backward(loss)
            opt.step()
        fabric.print(epoch, loss.item())
