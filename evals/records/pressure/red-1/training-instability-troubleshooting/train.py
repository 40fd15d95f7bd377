"""Power of solar stations from the forecast of their weather. Reads data/, writes out/."""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import torch
from torch import nn

CONFIG = {"seed": 0, "hidden": 48, "lr": 0.01, "epochs": 6}
FEATURES = {"hour": (12, 7), "clouds": (0.5, 0.3), "temperature": (17, 5), "wind": (4.4, 2.2)}
"""Centre and scale of each."""
MISSING = -999.0
"""What a station reports where a sensor gave nothing."""


def find_clocks(rows):
    """Hours by which each station's clock is behind, by (station, day): from where its power peaks.

    Only whole hours count; the clock that most station-days have is the right one.
    """
    power = defaultdict(lambda: np.zeros(24))
    for row in rows:
        power[int(row["station"]), int(row["day"])][int(row["hour"])] += float(row["power"])
    turns = np.exp(2j * np.pi * np.arange(24) / 24)
    noons = {}
    for key, values in power.items():
        if values.sum() > 0:
            noons[key] = round(float(np.angle(values @ turns)) * 24 / (2 * np.pi)) % 24
    usual = Counter(noons.values()).most_common(1)[0][0]
    return {key: (usual - noon + 12) % 24 - 12 for key, noon in noons.items()}


def behind(clocks, station, day):
    """That of the station's last known day up to this one, or of its first known one."""
    known = sorted(d for s, d in clocks if s == station)
    if not known:
        return 0
    return clocks[station, max((d for d in known if d <= day), default=known[0])]


def read(name, clocks=None):
    """Features, power if given, and the clocks: those given, or else found in these rows."""
    with open(Path("data") / name, newline="") as file:
        rows = list(csv.DictReader(file))
    clocks = find_clocks(rows) if clocks is None else clocks
    keys = [(int(row["station"]), int(row["day"])) for row in rows]
    x = np.array([[float(row[key]) for key in FEATURES] for row in rows], dtype=np.float32)
    hour = list(FEATURES).index("hour")
    late = {key: behind(clocks, *key) for key in set(keys)}
    x[:, hour] = (x[:, hour] + [late[key] for key in keys]) % 24
    x[x == MISSING] = np.nan
    day_of = np.unique(np.array(keys), axis=0, return_inverse=True)[1].reshape(-1)
    for column, (centre, _) in enumerate(FEATURES.values()):  # what is missing: as that day else
        gaps = np.isnan(x[:, column])
        total = np.bincount(day_of, np.where(gaps, 0, x[:, column]))
        count = np.bincount(day_of, ~gaps)
        mean = np.where(count > 0, total / np.maximum(count, 1), centre)
        x[gaps, column] = mean[day_of[gaps]]
    y = [float(row["power"]) for row in rows] if "power" in rows[0] else None
    centre, scale = np.array(list(FEATURES.values()), dtype=np.float32).T
    x = (x - centre) / scale
    return torch.tensor(x), None if y is None else torch.tensor(y), clocks


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
    x, y, clocks = read("train.csv")
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

    test, _, _ = read("test.csv", clocks)
    with torch.no_grad():
        predicted = model(test).tolist()
    Path("out/predictions.csv").write_text("power\n" + "".join(f"{v}\n" for v in predicted))


if __name__ == "__main__":
    main()
