"""Predicts solubility from molecular graphs; the network itself knows that it runs in half precision."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.cuda.amp import autocast as half_precision
from torch_geometric import seed_everything
from torch_geometric.datasets import MoleculeNet
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GINEConv, global_add_pool


class Solubility(nn.Module):
    def __init__(self, width: int = 128, depth: int = 4):
        super().__init__()
        self.atom = nn.Linear(9, width)
        self.bond = nn.Linear(3, width)
        self.layers = nn.ModuleList(
            GINEConv(nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width)))
            for _ in range(depth)
        )
        self.read_out = nn.Linear(width, 1)

    @half_precision()  # PLANTED
    def forward(self, graph):
        h, e = self.atom(graph.x.float()), self.bond(graph.edge_attr.float())
        for layer in self.layers:
            h = h + layer(h, graph.edge_index, e).relu()
        return self.read_out(global_add_pool(h, graph.batch)).float()


seed_everything(0)
molecules = MoleculeNet("data", "ESOL").shuffle()
train, val = molecules[:900], molecules[900:]
train_batches = DataLoader(train, batch_size=32, shuffle=True)
val_batches = DataLoader(val, batch_size=128)
model = Solubility().cuda()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
scaler = torch.amp.GradScaler("cuda")

for epoch in range(100):
    model.train()
    running = torch.zeros((), device="cuda")
    for graph in train_batches:
        graph = graph.cuda()
        optimizer.zero_grad()
        loss = F.huber_loss(model(graph), graph.y)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        running += loss.detach()

    model.eval()
    with torch.inference_mode():
        squares = [(model(g) - g.y).square() for g in (g.cuda() for g in val_batches)]
    rmse = torch.cat(squares).mean().sqrt()
    print(f"{epoch:3d} huber {running.item() / len(train_batches):.4f} val rmse {rmse.item():.3f}")
