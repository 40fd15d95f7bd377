"""Molecular property regression with a message passing network, driven by a config dict."""
import logging

import torch
from torch import nn
from torch.optim import lr_scheduler
from torch_geometric.datasets import ZINC
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GINEConv, global_add_pool
from torch_geometric.seed import seed_everything

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
log = logging.getLogger("zinc")

CONFIG = {
    "seed": 41,
    "epochs": 80,
    "data": {"root": "data/ZINC", "batch_size": 128},
    "model": {"hidden": 128, "depth": 5},
    "optimizer": {"name": "adam", "lr": 1e-3},
    "scheduler": {
        "name": "exponential",
        "gamma": 0.1,  # PLANTED
    },
    "grad_clip": 5.0,
}

OPTIMIZERS = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}
SCHEDULERS = {
    "exponential": lr_scheduler.ExponentialLR,
    "cosine": lr_scheduler.CosineAnnealingLR,
    "step": lr_scheduler.StepLR,
}


def from_config(registry, section, *args):
    options = dict(section)
    return registry[options.pop("name")](*args, **options)


class GIN(nn.Module):
    def __init__(self, hidden, depth):
        super().__init__()
        self.atom = nn.Embedding(28, hidden)
        self.bond = nn.Embedding(4, hidden)
        self.convs = nn.ModuleList(
            GINEConv(nn.Sequential(nn.Linear(hidden, 2 * hidden), nn.ReLU(), nn.Linear(2 * hidden, hidden)))
            for _ in range(depth)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(depth))
        self.readout = nn.Sequential(nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, data):
        h = self.atom(data.x.squeeze(-1))
        e = self.bond(data.edge_attr)
        for conv, norm in zip(self.convs, self.norms):
            h = h + torch.relu(norm(conv(h, data.edge_index, e)))
        return self.readout(global_add_pool(h, data.batch)).squeeze(-1)


class Experiment:
    def __init__(self, config):
        self.config = config
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        root, bs = config["data"]["root"], config["data"]["batch_size"]
        self.loaders = {
            split: DataLoader(ZINC(root, subset=True, split=split), bs, shuffle=split == "train")
            for split in ("train", "val", "test")
        }
        self.model = GIN(**config["model"]).to(self.device)
        self.optimizer = from_config(OPTIMIZERS, config["optimizer"], self.model.parameters())
        self.scheduler = from_config(SCHEDULERS, config["scheduler"], self.optimizer)
        self.loss = nn.L1Loss()

    def train_epoch(self):
        self.model.train()
        total, count = torch.zeros((), device=self.device), 0
        for data in self.loaders["train"]:
            data = data.to(self.device)
            self.optimizer.zero_grad()
            loss = self.loss(self.model(data), data.y)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config["grad_clip"])
            self.optimizer.step()
            total += loss.detach() * data.num_graphs
            count += data.num_graphs
        return total.item() / count

    @torch.no_grad()
    def mae(self, split):
        self.model.eval()
        total, count = torch.zeros((), device=self.device), 0
        for data in self.loaders[split]:
            data = data.to(self.device)
            total += (self.model(data) - data.y).abs().sum()
            count += data.num_graphs
        return total.item() / count

    def run(self):
        best = float("inf")
        for epoch in range(1, self.config["epochs"] + 1):
            train = self.train_epoch()
            val = self.mae("val")
            self.scheduler.step()
            log.info("epoch %03d  train %.4f  val %.4f", epoch, train, val)
            if val < best:
                best = val
                torch.save(self.model.state_dict(), "gin_best.pt")
        self.model.load_state_dict(torch.load("gin_best.pt", map_location=self.device, weights_only=True))
        log.info("test MAE %.4f", self.mae("test"))


if __name__ == "__main__":
    seed_everything(CONFIG["seed"])
    Experiment(CONFIG).run()
