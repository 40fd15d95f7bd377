"""Wards: nothing is wrong. The loss in training is measured with dropout on and during the epoch,
so that the one on held-out rows lies below it.
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
    "dropout taken out": (('"dropout": 0.5', '"dropout": 0.0'),),
    "another split": (("order = torch.randperm(len(x))", "order = torch.arange(len(x))"),),
}


def _rows(seed: int, num: int) -> dict[str, np.ndarray]:
    wards = np.random.default_rng(40)
    weights = wards.normal(0, 0.5, 20)
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1, (num, 20)).round(2)
    logits = x @ weights + 0.8 * x[:, 0] * x[:, 1] - 0.6 * np.abs(x[:, 2]) + 0.4
    back = (rng.random(num) < 1 / (1 + np.exp(-5 * logits))).astype(int)
    return {**{f"x{i:02}": x[:, i] for i in range(20)}, "back": back}


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    shown = _rows(42, 200)
    del shown["back"]
    return {"train.csv": table(_rows(41, 4000)), "test.csv": table(shown)}


def symptom(metrics: list[dict[str, Any]]) -> bool:
    """Whether the log shows what the prompt tells: validation is better throughout."""
    train, val = (np.array(column(metrics, f"{split}_loss")) for split in ("train", "val"))
    return bool((val < train).all())


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _rows(43, 500)
    del hidden["back"]
    return why_changed(folder, Path(__file__).parent, {**draw(), "test.csv": table(hidden)})
