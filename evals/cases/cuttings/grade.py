"""Cuttings: nothing is wrong. The loss stands at the noise: cuttings that were treated alike root
or do not, and their shares say that no model can come much below.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from case_program import column, table
from unchanged import why_changed

VERDICT = "nothing wrong"
RIGHT: tuple[tuple[str, str], ...] = ()
WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "a higher learning rate": (('"lr": 2e-3', '"lr": 1e-2'),),
    "a larger network, longer": (
        ('"hidden": 64', '"hidden": 256'),
        ('"epochs": 16', '"epochs": 30'),
    ),
}
VALUES = {
    "variety": ("alba", "gallica", "rugosa", "canina", "damask"),
    "soil": ("sand", "loam", "clay", "peat"),
    "hormone": ("none", "powder", "gel"),
}


def _rows(seed: int, num: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The rows and the chance of each to root."""
    chances = np.clip(np.random.default_rng(50).beta(1.6, 1.6, (5, 4, 3)), 0.08, 0.92)
    rng = np.random.default_rng(seed)
    drawn = {key: rng.integers(0, len(values), num) for key, values in VALUES.items()}
    chance = chances[tuple(drawn.values())]
    rows = {key: np.array(VALUES[key])[index] for key, index in drawn.items()}
    return {**rows, "rooted": (rng.random(num) < chance).astype(int)}, chance


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    shown, _ = _rows(52, 200)
    del shown["rooted"]
    return {"train.csv": table(_rows(51, 6000)[0]), "test.csv": table(shown)}


def symptom(metrics: list[dict[str, Any]]) -> bool:
    """Whether the log shows what the prompt tells, and the loss is at the noise indeed."""
    _, chance = _rows(51, 6000)
    floor = -np.mean(chance * np.log(chance) + (1 - chance) * np.log(1 - chance))
    losses = np.array(column(metrics, "val_loss"))
    return bool(floor > 0.5 and (np.abs(losses[4:] - floor) < 0.03).all())


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden, _ = _rows(53, 500)
    del hidden["rooted"]
    return why_changed(folder, Path(__file__).parent, {**draw(), "test.csv": table(hidden)})
