"""Predict crystal energies with a graph network; all settings come from one nested dict."""

import torch
from torch import nn
from torch_geometric.loader import DataLoader
from torch_geometric.nn import CGConv, global_mean_pool

from crystals import MaterialsProject

CFG = {
    "seed": 42,
    "data": {"root": "mp2020", "batch_size": 128},
    "model": {"node": 64, "edge": 41, "layers": 4},
    "optim": {"name": "Adam", "args": {"lr": 1e-14, "betas": (0.9, 0.999)}},  # PLANTED
    "epochs": 150,
}


class CrystalNet(nn.Module):
    def __init__(self, node, edge, layers):
        super().__init__()
        self.embed = nn.Embedding(100, node)
        self.convs = nn.ModuleList(
            [CGConv(node, dim=edge, batch_norm=True) for _ in range(layers)]
        )
        self.energy = nn.Sequential(nn.Linear(node, 128), nn.Softplus(), nn.Linear(128, 1))

    def forward(self, crystal):
        h = self.embed(crystal.z)
        for conv in self.convs:
            h = conv(h, crystal.edge_index, crystal.edge_attr)
        return self.energy(global_mean_pool(h, crystal.batch)).squeeze(1)


def main(cfg):
    torch.manual_seed(cfg["seed"])
    data = MaterialsProject(cfg["data"]["root"], "train")
    loader = DataLoader(data, batch_size=cfg["data"]["batch_size"], shuffle=True)
    net = CrystalNet(**cfg["model"]).cuda().train()
    optimizer = getattr(torch.optim, cfg["optim"]["name"])(net.parameters(), **cfg["optim"]["args"])
    for epoch in range(cfg["epochs"]):
        mae = torch.zeros((), device="cuda")
        for crystal in loader:
            crystal = crystal.to("cuda")
            loss = (net(crystal) - crystal.y).abs().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            mae += loss.detach()
        print(f"epoch {epoch} MAE {mae.item() / len(loader):.4f} eV/atom")


main(CFG)
