"""Trains a gesture recogniser whose loop calls what its configuration lists."""

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader, TensorDataset

cfg = {
    "seed": 19,
    "data": {"path": "gestures.pt", "batch_size": 64},
    "model": {"hidden": 128, "dropout": 0.3},
    "optim": {"lr": 3e-3, "max_epochs": 50},
}


class Gestures(nn.Module):
    def __init__(self, sensors, classes, hidden, dropout):
        super().__init__()
        self.rnn = nn.GRU(sensors, hidden, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden, classes))

    def forward(self, x):
        return self.head(self.rnn(x)[1][-1])


def run(loaders, model, optimizer, epochs, after):
    criterion = nn.CrossEntropyLoss()
    for epoch in range(epochs):
        model.train()
        for x, y in loaders["fit"]:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            for call in after.get("batch", ()):
                call()
        for call in after.get("epoch", ()):
            call()
        model.eval()
        with torch.no_grad():
            hits = torch.cat([model(x).argmax(1) == y for x, y in loaders["check"]])
        print(f"epoch {epoch}: loss {loss.item():.3f}, accuracy {hits.float().mean().item():.3f}")


def main(cfg):
    torch.manual_seed(cfg["seed"])
    data = torch.load(cfg["data"]["path"], weights_only=True)
    size = cfg["data"]["batch_size"]
    loaders = {
        "fit": DataLoader(TensorDataset(*data["fit"]), size, shuffle=True),
        "check": DataLoader(TensorDataset(*data["check"]), size),
    }
    classes = int(data["fit"][1].max()) + 1
    model = Gestures(data["fit"][0].shape[-1], classes, **cfg["model"])
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg["optim"]["lr"])
    cosine = CosineAnnealingLR(optimizer, T_max=cfg["optim"]["max_epochs"], eta_min=1e-5)
    run(loaders, model, optimizer, cfg["optim"]["max_epochs"], after={"batch": [cosine.step]})  # PLANTED


main(cfg)
