"""Meters: since day 290 one of 40 meters reports in Wh what the column says is kWh.

Clipping, skipping or replacing what is not finite makes the loss finite and leaves the forecast
bent by a dozen targets a thousand times too large.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from case_program import DoesNotRun, column, run, table, verdict

VERDICT = "fault"
WORST_RMSE_KWH = 4.0
NUM_METERS, ODD_METER, ODD_SINCE_DAY = 40, 17, 290
READ = '[float(row["energy_kwh"]) for row in rows]'
BACKWARD = "                loss.backward()\n"
RIGHT = (
    (READ, 'np.array([float(row["energy_kwh"]) for row in rows], dtype=np.float32)'),
    ("torch.tensor(y)", "torch.tensor(np.where(y > 1000, y / 1000, y))"),
)
WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "unchanged": (),
    "gradients clipped": (
        (
            BACKWARD,
            BACKWARD + "                nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n",
        ),
    ),
    "what is not finite replaced": (
        (
            "nn.functional.mse_loss(model(x[batch]), y[batch])",
            "torch.nan_to_num(nn.functional.mse_loss(model(x[batch]), y[batch]))",
        ),
    ),
    "a lower learning rate": (('"lr": 0.003', '"lr": 0.000003'),),
}


def _rows(seed: int, num: int) -> dict[str, np.ndarray]:
    """The rows as they are, in kWh."""
    buildings = np.random.default_rng(1)
    area = buildings.uniform(200, 2000, NUM_METERS).round()
    insulation = buildings.uniform(0.2, 0.9, NUM_METERS).round(2)
    rng = np.random.default_rng(seed)
    meter, day, hour = (rng.integers(0, most, num) for most in (NUM_METERS, 365, 24))
    season = np.cos((day - 15) / 365 * 2 * np.pi)
    temperature = (10 - 11 * season + rng.normal(0, 4, num)).round(1)
    weekend = (day % 7 >= 5).astype(int)
    at_work = (hour > 6) & (hour < 19) & (weekend == 0)
    occupancy = np.where(at_work, rng.uniform(0.4, 1, num), rng.uniform(0, 0.1, num)).round(2)
    heating = area[meter] / 1000 * (1 - insulation[meter]) * np.clip(18 - temperature, 0, None)
    energy = 3 + heating + 0.01 * area[meter] * occupancy + rng.normal(0, 1, num)
    return {
        "meter": meter,
        "day": day,
        "hour": hour,
        "weekend": weekend,
        "floor_area": area[meter],
        "insulation": insulation[meter],
        "temperature": temperature,
        "occupancy": occupancy,
        "energy_kwh": np.clip(energy, 0.2, None).round(2),
    }


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    rows = _rows(2, 2400)
    odd = (rows["meter"] == ODD_METER) & (rows["day"] >= ODD_SINCE_DAY)
    rows["energy_kwh"] = np.where(odd, rows["energy_kwh"] * 1000, rows["energy_kwh"]).round(2)
    shown = _rows(3, 200)
    del shown["energy_kwh"]
    return {"train.csv": table(rows), "test.csv": table(shown)}


def symptom(metrics: list[dict[str, Any]]) -> bool:
    """Whether the log shows what the prompt tells: the loss is not finite."""
    return not np.isfinite(column(metrics, "train_loss")[-1])


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _rows(4, 600)
    right = hidden.pop("energy_kwh")
    try:
        found = run(folder, {**draw(), "test.csv": table(hidden)}).numbers()
    except DoesNotRun as error:
        return str(error)
    error_kwh = np.sqrt(np.mean((found - right) ** 2))
    if not error_kwh < WORST_RMSE_KWH:
        return f"RMSE on new rows is {error_kwh:.2f} kWh, not below {WORST_RMSE_KWH}"
    if verdict(folder) != VERDICT:
        return f"the verdict is {verdict(folder)!r}, not {VERDICT!r}"
    return None
