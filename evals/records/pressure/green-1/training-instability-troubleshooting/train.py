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


MISSING = -900.0
"""What is not above it was not measured: the stations report -999 then."""


def read(name):
    """Return station and day of each row, its features, and its power where the file has it."""
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    where = [(int(row["station"]), int(row["day"])) for row in rows]
    x = np.array([[float(row[key]) for key in FEATURES] for row in rows])
    y = np.array([float(row["power"]) for row in rows]) if "power" in rows[0] else None
    return where, x, y


def fill(where, x):
    """Put the mean of the station's day, else the centre, where a feature was not measured."""
    x = np.where(x > MISSING, x, np.nan)
    groups = {}
    for i, place in enumerate(where):
        groups.setdefault(place, []).append(i)
    centre = [c for c, _ in FEATURES.values()]
    for i, column in np.argwhere(np.isnan(x)):
        known = x[groups[where[i]], column]
        known = known[~np.isnan(known)]
        x[i, column] = known.mean() if len(known) else centre[column]
    return x


def clocks(where, hour, power):
    """Return {station: {day: hours by which its clock is slow}}, from the middle of its power."""
    sums = {}
    for place, h, p in zip(where, hour, power, strict=True):
        total = sums.setdefault(place, np.zeros(2))
        total += p, p * h
    middle = {place: moment / total for place, (total, moment) in sums.items() if total > 0}
    noon = float(np.median(list(middle.values())))
    slow = {}
    for (station, day), m in middle.items():
        slow.setdefault(station, {})[day] = round(noon - m)
    return slow


def features(where, x, slow):
    """Return the features as the network takes them: nothing missing, the hour by the sun."""
    x = fill(where, x)
    for i, (station, day) in enumerate(where):
        days = slow.get(station, {day: 0})
        nearest = min(days, key=lambda d: (abs(d - day), d))
        x[i, 0] = (x[i, 0] + days[nearest]) % 24
    centre, scale = np.array(list(FEATURES.values())).T
    return torch.tensor((x - centre) / scale, dtype=torch.float32)


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
    where, x, y = read("train.csv")
    slow = clocks(where, x[:, 0], y)
    for station, days in slow.items():
        if off := [day for day, hours in days.items() if hours]:
            hours = sorted({days[day] for day in off})
            print(f"station {station}: clock slow by {hours} h, days {min(off)} to {max(off)}")
    x, y = features(where, x, slow), torch.tensor(y, dtype=torch.float32)
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

    where, test, _ = read("test.csv")
    with torch.no_grad():
        predicted = model(features(where, test, slow)).clamp(min=0).tolist()
    Path("out/predictions.csv").write_text("power\n" + "".join(f"{v}\n" for v in predicted))


if __name__ == "__main__":
    main()
