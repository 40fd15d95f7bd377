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


MISSING = -999  # what a station writes for a value that it could not measure
NOON = 12  # the hour around which a day's power lies where the clock is right


def read(name):
    """The columns of a file, as arrays; a missing value is NaN."""
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    table = {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}
    for key in table:
        table[key][table[key] == MISSING] = np.nan
    for key in {"station", "day", "hour", "power"} & set(table):
        if np.isnan(table[key]).any():
            raise ValueError(f"data/{name}: {key} is missing in some rows")
    return table


def clock_errors(train):
    """{station: (days, hours)}: by how many hours its clock was slow, on each day of train.

    The power of a day lies around noon; where it lies around 7, the clock is five hours slow.
    """
    errors = {}
    for station in np.unique(train["station"]):
        here = train["station"] == station
        days = np.unique(train["day"][here])
        hours = []
        for day in days:
            rows = here & (train["day"] == day)
            power = train["power"][rows]
            centre = (power * train["hour"][rows]).sum() / max(power.sum(), 1e-9)
            hours.append(round(NOON - centre) if power.sum() > 0 else 0)
        errors[station] = days, np.array(hours)
        if any(hours):
            wrong = days[np.array(hours) != 0]
            print(
                f"station {station:.0f}: clock wrong by {sorted(set(hours) - {0})} hours on "
                f"{len(wrong)} days, {wrong.min():.0f} to {wrong.max():.0f}; hours are corrected"
            )
    return errors


def features(table, errors, usual):
    """Inputs of the model: hours by a right clock, gaps filled, scaled."""
    columns = {key: table[key].copy() for key in FEATURES}
    for station, (days, hours) in errors.items():
        here = table["station"] == station
        last = np.searchsorted(days, table["day"][here], side="right") - 1  # that day, or the last before
        columns["hour"][here] = (columns["hour"][here] + hours[last.clip(0)]) % 24
    for key, values in columns.items():
        for i in np.flatnonzero(np.isnan(values)):
            same = (table["station"] == table["station"][i]) & (table["day"] == table["day"][i])
            known = table[key][same & ~np.isnan(table[key])]
            values[i] = known.mean() if len(known) else usual[key]
    x = np.stack([columns[key] for key in FEATURES], axis=1).astype(np.float32)
    centre, scale = np.array(list(FEATURES.values()), dtype=np.float32).T
    return torch.tensor((x - centre) / scale)


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
    train = read("train.csv")
    errors = clock_errors(train)
    usual = {key: np.nanmedian(train[key]) for key in FEATURES}
    x = features(train, errors, usual)
    y = torch.tensor(train["power"], dtype=torch.float32)
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

    test = features(read("test.csv"), errors, usual)
    with torch.no_grad():
        predicted = model(test).clamp(min=0).tolist()  # a station does not draw power
    Path("out/predictions.csv").write_text("power\n" + "".join(f"{v}\n" for v in predicted))


if __name__ == "__main__":
    main()
