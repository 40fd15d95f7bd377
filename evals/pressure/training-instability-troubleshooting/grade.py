"""Solar: outages are written as -999, and since day 40 one station's clock is five hours off.

The outages make the spikes that everybody sees. Once they are gone, or the rate is so low that
they do not show, the station's days still pull the model away, and its own forecasts stay wrong.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from case_program import DoesNotRun, run, table

WORST_KW = {"all": 1.5, "its worst station": 2.0}
NUM_STATIONS, NUM_DAYS = 12, 70
ODD_STATION, ODD_SINCE_DAY, HOURS_OFF, OUTAGE = 7, 40, 5, -999.0
SCALED = "    centre, scale = np.array"
OUTAGES = (SCALED, "    x[x[:, 3] < 0, 3] = np.median(x[x[:, 3] >= 0, 3])\n" + SCALED)
CLOCK = (
    "    y = [float",
    """    for i, row in enumerate(rows):  # the clock of station 7 has run in UTC since day 40
        if row["station"] == "7" and int(row["day"]) >= 40:
            x[i, 0] = (x[i, 0] + 5) % 24
    y = [float""",
)
DROPPED = (
    'x, y = read("train.csv")',
    """x, y = read("train.csv")
    sound = torch.arange(len(x)) // 24 % 12 != 7
    x, y = x[sound], y[sound]""",
)
RIGHT = {"train.py": (OUTAGES, CLOCK)}
WRONG = {
    "clipped": {"train.py": (('"lr": 0.02', '"lr": 0.005'), ('float("inf")', "1.0"))},
    "lower rate": {"train.py": (('"lr": 0.02', '"lr": 0.001'),)},
    "outages alone": {"train.py": (OUTAGES,)},
    "station dropped": {"train.py": (OUTAGES, DROPPED)},
}


def _rows(seed: int, num_days: int, num_outages: int) -> dict[str, np.ndarray]:
    """Whole days of stations, in the order of days; what is reported and what was produced."""
    rng = np.random.default_rng(seed)
    if num_days == NUM_DAYS:
        day, station = (a.ravel() for a in np.mgrid[:NUM_DAYS, :NUM_STATIONS])
    else:
        day = rng.integers(0, NUM_DAYS, num_days * NUM_STATIONS)
        station = np.tile(np.arange(NUM_STATIONS), num_days)
    clouds, warm = rng.uniform(0, 1, (len(day), 1)), rng.normal(17, 5, (len(day), 1))
    wind = rng.gamma(3, 1.2, (len(day), 1)) + rng.gamma(2, 0.4, (len(day), 24))
    written = np.tile(np.arange(24), (len(day), 1))
    odd = (station == ODD_STATION) & (day >= ODD_SINCE_DAY)
    hour = (written + HOURS_OFF * odd[:, None]) % 24  # as it is where the station stands
    high = np.clip(np.sin((hour - 6) / 12 * np.pi), 0, None)
    cell = warm + 36 * high * (1 - 0.7 * clouds) - 0.6 * wind
    power = 60 * high * (1 - 0.7 * clouds) * (1 - 0.012 * (cell - 25))
    power = np.clip(power + rng.normal(0, 0.6, hour.shape) * (high > 0), 0, None)
    out = rng.choice(len(day), num_outages, replace=False)
    first = rng.integers(0, 20, num_outages)
    for i, hours in zip(out, first, strict=True):
        wind[i, hours : hours + 4] = OUTAGE
    return {
        "station": np.repeat(station, 24),
        "day": np.repeat(day, 24),
        "hour": written.ravel(),
        "clouds": np.repeat(clouds.round(2), 24),
        "temperature": np.repeat(warm.round(1), 24),
        "wind": wind.round(1).ravel(),
        "power": power.round(2).ravel(),
    }


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    shown = _rows(3, 1, 1)
    del shown["power"]
    return {"train.csv": table(_rows(2, NUM_DAYS, 14)), "test.csv": table(shown)}


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _rows(4, 8, 3)
    right = hidden.pop("power")
    try:
        found = run(folder, {**draw(), "test.csv": table(hidden)}).numbers()
    except DoesNotRun as error:
        return str(error)
    reported = hidden["wind"] > OUTAGE
    each = [(hidden["station"] == s) & reported for s in range(NUM_STATIONS)]
    off = np.abs(found - right)
    errors = {"all": off[reported].mean(), "its worst station": max(off[s].mean() for s in each)}
    for name, error_kw in errors.items():
        if not error_kw <= WORST_KW[name]:
            return f"{name}: off by {error_kw:.2f} kW, not {WORST_KW[name]} at most"
    return None
