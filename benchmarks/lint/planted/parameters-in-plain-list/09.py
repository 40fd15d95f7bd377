"""Graph network with message-passing layers; uses accelerate."""
import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch import nn
from torch_geometric.nn import GINConv, global_add_pool


class GIN(nn.Module):
    def __init__(self, n_in, hidden, n_out, depth=5):
        super().__init__()
        self.first = nn.Linear(n_in, hidden)
        mlp = lambda: nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden))
        self.convs = [GINConv(mlp()) for _ in range(depth)]  # PLANTED
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(depth))
        self.out = nn.Linear(hidden, n_out)

    def forward(self, data):
        h = self.first(data.x)
        for conv, norm in zip(self.convs, self.norms):
            h = norm(conv(h, data.edge_index)).relu()
        return self.out(global_add_pool(h, data.batch))


def train(loader, n_in, n_out, epochs=100):
    set_seed(0)
    acc = Accelerator(cpu=True)
    model = GIN(n_in, 64, n_out)
    opt = torch.optim.Adam(model.parameters(), lr=1e-3)
    model, opt, loader = acc.prepare(model, opt, loader)
    for epoch in range(epochs):
        model.train()
        for data in loader:
            opt.zero_grad()
            loss = nn.functional.cross_entropy(model(data), data.y)
            acc.backward(loss)
            opt.step()
        acc.print(epoch, loss.item())
