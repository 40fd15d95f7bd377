"""Forecast of the energy that a building uses in an hour. Reads data/, writes out/."""

import csv
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

CONFIG = {"seed": 0, "hidden": 64, "lr": 0.003, "momentum": 0.9, "batch_size": 256, "epochs": 120}
FEATURES = ["floor_area", "temperature", "occupancy", "hour", "weekend", "insulation"]
# Meter 17 reports Wh from day 294 on. No hour is near this bound: kWh end at 51, Wh start at 5340.
MOST_KWH = 500.0


def in_kwh(reading):
    return reading / 1000 if reading > MOST_KWH else reading


def read(name):
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row[key]) for key in FEATURES] for row in rows], dtype=np.float32)
    hour = x[:, 3] * 2 * np.pi / 24
    x = np.column_stack([np.delete(x, 3, axis=1), np.sin(hour), np.cos(hour)])
    y = [in_kwh(float(row["energy_kwh"])) for row in rows] if "energy_kwh" in rows[0] else None
    return torch.tensor(x, dtype=torch.float32), None if y is None else torch.tensor(y)


class Forecast(nn.Module):
    def __init__(self, num_features, hidden):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(num_features, hidden),
            nn.Tanh(),
            nn.Linear(hidden, hidden),
            nn.Tanh(),
            nn.Linear(hidden, 1),
        )

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def main():
    torch.manual_seed(CONFIG["seed"])
    torch.set_num_threads(1)
    Path("out").mkdir(exist_ok=True)
    x, y = read("train.csv")
    order = torch.randperm(len(x))
    held_out, kept = order[: len(x) // 6], order[len(x) // 6 :]
    mean, std = x[kept].mean(0), x[kept].std(0)
    x = (x - mean) / std

    model = Forecast(x.shape[1], CONFIG["hidden"])
    optimizer = torch.optim.SGD(model.parameters(), lr=CONFIG["lr"], momentum=CONFIG["momentum"])
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, CONFIG["epochs"])
    step = 0
    with open("out/metrics.jsonl", "w") as log:
        for epoch in range(CONFIG["epochs"]):
            model.train()
            for batch in kept[torch.randperm(len(kept))].split(CONFIG["batch_size"]):
                loss = nn.functional.mse_loss(model(x[batch]), y[batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
                row = {"step": step, "epoch": epoch, "train_loss": loss.item()}
                log.write(json.dumps({**row, "lr": schedule.get_last_lr()[0]}) + "\n")
            schedule.step()
            model.eval()
            with torch.no_grad():
                val_loss = nn.functional.mse_loss(model(x[held_out]), y[held_out])
            row = {"step": step, "epoch": epoch, "val_loss": val_loss.item()}
            log.write(json.dumps(row) + "\n")

    test, _ = read("test.csv")
    with torch.no_grad():
        predicted = model((test - mean) / std).tolist()
    Path("out/predictions.csv").write_text("energy_kwh\n" + "".join(f"{v}\n" for v in predicted))


if __name__ == "__main__":
    main()
