"""Node classification on Cora, with callbacks."""
import csv
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch_geometric import seed_everything
from torch_geometric.datasets import Planetoid
from torch_geometric.nn import GATConv
from torch_geometric.transforms import NormalizeFeatures


class Callback:
    def on_epoch_end(self, engine, epoch, stats):
        pass

    def on_fit_end(self, engine):
        pass


class CSVHistory(Callback):
    def __init__(self, path):
        self.path, self.rows = path, []

    def on_epoch_end(self, engine, epoch, stats):
        self.rows.append({"epoch": epoch, **{k: float(v) for k, v in stats.items()}})

    def on_fit_end(self, engine):
        with open(self.path, "w", newline="") as fh:
            writer = csv.DictWriter(fh, fieldnames=self.rows[0].keys())
            writer.writeheader()
            writer.writerows(self.rows)


class KeepBest(Callback):
    def __init__(self, key, path):
        self.key, self.path, self.best = key, path, -float("inf")

    def on_epoch_end(self, engine, epoch, stats):
        if float(stats[self.key]) > self.best:
            self.best = float(stats[self.key])
            torch.save(engine.model.state_dict(), self.path)

    def on_fit_end(self, engine):
        engine.model.load_state_dict(torch.load(self.path, map_location=engine.device, weights_only=True))


class GAT(torch.nn.Module):
    def __init__(self, d_in, d_out, hidden=8, heads=8):
        super().__init__()
        self.conv1 = GATConv(d_in, hidden, heads=heads, dropout=0.6)
        self.conv2 = GATConv(hidden * heads, d_out, concat=False, dropout=0.6)

    def forward(self, x, edge_index):
        x = F.dropout(x, 0.6, training=self.training)
        x = F.elu(self.conv1(x, edge_index))
        x = F.dropout(x, 0.6, training=self.training)
        return self.conv2(x, edge_index)


@dataclass
class Engine:
    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    data: object
    device: torch.device
    callbacks: list = field(default_factory=list)

    def emit(self, event, *args):
        for cb in self.callbacks:
            getattr(cb, event)(self, *args)

    def train_step(self):
        self.model.train()
        d = self.data
        out = self.model(d.x, d.edge_index)
        loss = F.cross_entropy(out[d.train_mask], d.y[d.train_mask])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    @torch.no_grad()
    def accuracy(self, mask):
        self.model.eval()
        pred = self.model(self.data.x, self.data.edge_index).argmax(-1)
        return (pred[mask] == self.data.y[mask]).float().mean()

    def fit(self, epochs):
        for epoch in range(epochs):
            loss = self.train_step()
            val = self.accuracy(self.data.val_mask)
            self.emit("on_epoch_end", epoch, {"loss": loss, "val_acc": val})
        self.emit("on_fit_end")


def main():
    seed_everything(12)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dataset = Planetoid("data", "Cora", transform=NormalizeFeatures())
    data = dataset[0].to(device)
    model = GAT(dataset.num_features, dataset.num_classes).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3, weight_decay=5e-4)
    engine = Engine(model, optimizer, data, device, [CSVHistory("gat_cora.csv"), KeepBest("val_acc", "gat_cora.pt")])
    engine.fit(300)
    print(f"test accuracy {engine.accuracy(data.test_mask).item():.4f}")


if __name__ == "__main__":
    main()
