"""Churn of subscribers with an MLP that a config describes layer by layer."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

CONFIG = {
    "hidden": [256, 128],
    "between": nn.ReLU,
    "last": nn.Sigmoid,  # PLANTED
    "criterion": nn.BCEWithLogitsLoss,
    "lr": 7e-4,
    "epochs": 25,
    "seed": 2222,
}


def mlp(d_in: int, cfg: dict) -> nn.Sequential:
    layers, d = [], d_in
    for h in cfg["hidden"]:
        layers += [nn.Linear(d, h), cfg["between"]()]
        d = h
    layers += [nn.Linear(d, 1), cfg["last"](), nn.Flatten(0)]
    return nn.Sequential(*layers)


def main(cfg: dict) -> None:
    torch.manual_seed(cfg["seed"])
    d = torch.load("subscribers.pt", weights_only=True)
    model = mlp(d["x"].size(1), cfg)
    criterion = cfg["criterion"]()
    opt = torch.optim.Adam(model.parameters(), lr=cfg["lr"])
    loader = DataLoader(TensorDataset(d["x"], d["left"].float()), 256, shuffle=True)
    for epoch in range(cfg["epochs"]):
        total = torch.zeros(())
        for x, y in loader:
            opt.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            opt.step()
            total += loss.detach()
        print(f"epoch {epoch} {total.item() / len(loader):.4f}")


if __name__ == "__main__":
    main(CONFIG)
