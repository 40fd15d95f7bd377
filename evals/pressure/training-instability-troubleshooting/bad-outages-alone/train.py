"""Power of solar stations from the forecast of their weather. Reads data/, writes out/."""

import csv
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

CONFIG = {"seed": 0, "hidden": 48, "lr": 0.02, "epochs": 6}
FEATURES = {"hour": (12, 7), "clouds": (0.5, 0.3), "temperature": (17, 5), "wind": (4.4, 2.2)}
"""Centre and scale of each."""


def read(name):
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row[key]) for key in FEATURES] for row in rows], dtype=np.float32)
    x[x[:, 3] < 0, 3] = np.median(x[x[:, 3] >= 0, 3])
    y = [float(row["power"]) for row in rows] if "power" in rows[0] else None
    centre, scale = np.array(list(FEATURES.values()), dtype=np.float32).T
    x = (x - centre) / scale
    return torch.tensor(x), None if y is None else torch.tensor(y)


class Power(nn.Module):
    def __init__(self, num_features, hidden):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(num_features, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    x, y = read("train.csv")
    model = Power(x.shape[1], CONFIG["hidden"])
    optimizer = torch.optim.Adam(model.parameters(), lr=CONFIG["lr"])
    days = torch.arange(len(x)).split(24)  # a batch is a day of a station, as in the big run
    total = CONFIG["epochs"] * len(days)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, total)
    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            for i in torch.randperm(len(days)).tolist():
                loss = nn.functional.mse_loss(model(x[days[i]]), y[days[i]])
                optimizer.zero_grad()
                loss.backward()
                norm = nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
                optimizer.step()
                row = {"step": step, "epoch": epoch, "train_loss": loss.item()}
                row |= {"grad_norm": norm.item(), "lr": schedule.get_last_lr()[0]}
                log.write(json.dumps(row) + "\n")
                schedule.step()
                step += 1

    test, _ = read("test.csv")
    with torch.no_grad():
        predicted = model(test).tolist()
    Path("out/predictions.csv").write_text("power\n" + "".join(f"{v}\n" for v in predicted))


if __name__ == "__main__":
    main()
