"""Fraud detector. Activation chosen by a table, loss by config."""
import json

import torch
import torch.nn as nn

ACT = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "none": nn.Identity}


class MLP(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = []
        for a, b in zip(sizes[:-2], sizes[1:-1]):
            layers += [nn.Linear(a, b), nn.ReLU(), nn.Dropout(0.2)]
        layers.append(nn.Linear(sizes[-2], sizes[-1]))
        layers.append(nn.Sigmoid())  # PLANTED
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        return self.net(x).squeeze(-1)


def fit(cfg_path, loader):
    cfg = json.load(open(cfg_path))
    torch.manual_seed(cfg["seed"])
    model = MLP(cfg["sizes"])
    loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(cfg["pos_weight"]))
    opt = torch.optim.Adam(model.parameters(), lr=cfg["lr"])
    for epoch in range(cfg["epochs"]):
        model.train()
        for x, y in loader:
            opt.zero_grad()
            loss = loss_fn(model(x), y.float())
            loss.backward()
            opt.step()
        print(json.dumps({"epoch": epoch, "loss": loss.item()}))
    return model
