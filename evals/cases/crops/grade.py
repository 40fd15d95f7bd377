"""Crops: the optimizer holds a model that is thrown away; once that is mended, what is evaluated
and predicted is scaled otherwise than what was trained on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from case_program import DoesNotRun, column, run, table, verdict

VERDICT = "fault"
LEAST_ACCURACY = 0.85
CROPS = ("barley", "maize", "rape", "rye", "sugar_beet", "wheat")
BUILD = "    model = build(x.shape[1])\n"
INITIALISED = '    model = initialised(model, CONFIG["init"])\n'
STALE = (
    (INITIALISED, ""),
    (BUILD, BUILD + INITIALISED),
)
SCALED = (
    ("def predict(model, x):", "def predict(model, x, scaler):"),
    ("model(x / FULL_SCALE)", "model(scaler(x))"),
    ("predict(model, x[val])", "predict(model, x[val], scaler)"),
    ("predict(model, test)", "predict(model, test, scaler)"),
)
RIGHT = (*STALE, *SCALED)
WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "unchanged": (),
    "the first fault alone": STALE,
    "the second fault alone": SCALED,
}


def _rows(seed: int, num: int) -> dict[str, np.ndarray]:
    spectra = np.random.default_rng(20)
    base = 3000 + 900 * np.sin(np.linspace(0, 5, 24)) + np.linspace(0, 1500, 24)
    of_crop = spectra.normal(0, 130, (6, 24))
    rng = np.random.default_rng(seed)
    crop = rng.integers(0, 6, num)
    light = rng.normal(1, 0.03, (num, 1))
    bands = ((base + of_crop[crop]) * light + rng.normal(0, 150, (num, 24))).round().astype(int)
    columns = {f"band_{i:02}": bands[:, i] for i in range(24)}
    return {"field": np.arange(num) + 1000 * seed, **columns, "crop": np.array(CROPS)[crop]}


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    shown = _rows(22, 200)
    del shown["crop"]
    return {"train.csv": table(_rows(21, 1800)), "test.csv": table(shown)}


def symptom(metrics: list[dict[str, Any]]) -> bool:
    """Whether the log shows what the prompt tells: the loss stays where it began."""
    losses = column(metrics, "train_loss")
    return abs(np.mean(losses[-25:]) / np.mean(losses[:25]) - 1) < 0.1


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _rows(23, 1000)
    right = hidden.pop("crop")
    try:
        ran = run(folder, {**draw(), "test.csv": table(hidden)})
    except DoesNotRun as error:
        return str(error)
    accuracy = np.mean(np.array(ran.predictions) == right)
    if accuracy < LEAST_ACCURACY:
        return f"accuracy on new fields is {accuracy:.3f}, not {LEAST_ACCURACY}"
    if verdict(folder) != VERDICT:
        return f"the verdict is {verdict(folder)!r}, not {VERDICT!r}"
    return None
