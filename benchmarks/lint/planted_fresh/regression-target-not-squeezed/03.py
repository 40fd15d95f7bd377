"""Energies of small molecules from graphs, with PyTorch Geometric."""
from types import SimpleNamespace

import torch
from torch_geometric.datasets import ZINC
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GINConv, global_add_pool

hp = SimpleNamespace(width=110, layers=4, lr=1e-3, batch=128, epochs=300, seed=41)
torch.manual_seed(hp.seed)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def mlp(i, o):
    return torch.nn.Sequential(torch.nn.Linear(i, o), torch.nn.ReLU(), torch.nn.Linear(o, o))


class GIN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.atom = torch.nn.Embedding(28, hp.width)
        self.convs = torch.nn.ModuleList(
            GINConv(mlp(hp.width, hp.width), train_eps=True) for _ in range(hp.layers)
        )
        self.readout = torch.nn.Linear(hp.width, 1)

    def forward(self, g):
        h = self.atom(g.x.squeeze(-1))
        for conv in self.convs:
            h = h + conv(h, g.edge_index).relu()
        return self.readout(global_add_pool(h, g.batch))


train = DataLoader(ZINC("zinc", subset=True, split="train"), hp.batch, shuffle=True)
model = GIN().to(device)
optim = torch.optim.Adam(model.parameters(), lr=hp.lr)
sched = torch.optim.lr_scheduler.StepLR(optim, step_size=100, gamma=0.3)

for epoch in range(hp.epochs):
    model.train()
    running, graphs = torch.zeros((), device=device), 0
    for g in train:
        g = g.to(device)
        optim.zero_grad()
        loss = (model(g) - g.y).abs().mean()  # PLANTED
        loss.backward()
        optim.step()
        running += loss.detach() * g.num_graphs
        graphs += g.num_graphs
    sched.step()
    print(f"epoch {epoch:03d} MAE {running.item() / graphs:.4f}")
