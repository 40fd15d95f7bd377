"""Predict energy use of buildings from tabular features, with everything named in one dictionary."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SETTINGS = {
    "seed": 3,
    "epochs": 40,
    "loader": {"batch_size": 256, "shuffle": True},
    "model": lambda d: nn.Sequential(nn.Linear(d, 128), nn.GELU(), nn.Linear(128, 1)),
    "optimizer": partial(torch.optim.Adam, lr=1e-3),
    "objective": partial(F.huber_loss, reduction="sum", delta=1.5),  # PLANTED
}


def main(cfg: dict) -> None:
    torch.manual_seed(cfg["seed"])
    blob = torch.load("buildings.pt", weights_only=True)
    x, y = blob["features"], blob["kwh"].reshape(-1, 1)
    loader = DataLoader(TensorDataset(x, y), **cfg["loader"])

    net = cfg["model"](x.shape[1])
    opt = cfg["optimizer"](net.parameters())
    objective = cfg["objective"]

    for epoch in range(cfg["epochs"]):
        running = torch.zeros(())
        for xb, yb in loader:
            opt.zero_grad()
            loss = objective(net(xb), yb)
            loss.backward()
            opt.step()
            running += loss.detach()
        print(f"epoch {epoch:3d}  loss {running.item() / len(loader):.4f}")


if __name__ == "__main__":
    main(SETTINGS)
