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


MISSING = -999.0
"""What a station writes where it has no reading."""


def fill(rows, key):
    """A feature's values; a missing one is taken from the hours beside it (same station and day), else the centre."""
    values = np.array([float(row[key]) for row in rows])
    if not (values == MISSING).any():
        return values
    days = {}
    for i, row in enumerate(rows):
        days.setdefault((row["station"], row["day"]), []).append((float(row["hour"]), i))
    for day in days.values():
        hours, at = np.array(sorted(day)).T
        at = at.astype(int)
        missing = values[at] == MISSING
        if missing.all():
            values[at] = FEATURES[key][0]
        elif missing.any():
            values[at] = np.interp(hours, hours[~missing], values[at][~missing])
    return values


def clock_shifts(rows):
    """{station: {day: hours to add to its clock}}, from the middle of each day's power against all the others."""
    days = {}
    for row in rows:
        turn = np.exp(2j * np.pi * float(row["hour"]) / 24)
        at = row["station"], float(row["day"])
        days[at] = days.get(at, 0) + float(row["power"]) * turn
    middle = {at: np.angle(v) * 12 / np.pi % 24 for at, v in days.items() if abs(v) > 0}
    usual = np.median(list(middle.values()))
    shifts = {}
    for (station, day), hour in middle.items():
        shifts.setdefault(station, {})[day] = round((usual - hour + 12) % 24 - 12)
    return shifts


def shift_of(shifts, row):
    """The shift on that day, or on the nearest one of that station that is known."""
    known = shifts.get(row["station"], {0.0: 0})
    return known[min(known, key=lambda day: abs(day - float(row["day"])))]


def read(name, shifts=None):
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    shifts = clock_shifts(rows) if shifts is None else shifts
    columns = {key: fill(rows, key) for key in FEATURES}
    columns["hour"] = (columns["hour"] + [shift_of(shifts, row) for row in rows]) % 24
    x = np.array(list(columns.values()), dtype=np.float32).T
    y = [float(row["power"]) for row in rows] if "power" in rows[0] else None
    centre, scale = np.array(list(FEATURES.values()), dtype=np.float32).T
    x = (x - centre) / scale
    return torch.tensor(x), None if y is None else torch.tensor(y), shifts


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
    x, y, shifts = read("train.csv")
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

    test, _, _ = read("test.csv", shifts)
    with torch.no_grad():
        predicted = model(test).clamp(min=0).tolist()  # no power below 0
    Path("out/predictions.csv").write_text("power\n" + "".join(f"{v}\n" for v in predicted))


if __name__ == "__main__":
    main()
