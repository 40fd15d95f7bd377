"""Three small logs whose reports are kept beside this file, as golden text and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

Row = dict[str, float | str]


def healthy() -> list[Row]:
    """A loss that falls as a power of the step, with a held-out twin."""
    noise = np.random.default_rng(0).normal(0, 0.02, 200)
    rows: list[Row] = []
    for step in range(1, 201):
        loss = round(1 + 3 * step**-0.3 + noise[step - 1], 4)
        rows.append({"step": step, "loss": loss, "lr": 1e-3, "grad_norm": round(loss / 2, 4)})
        if step % 20 == 0:
            rows[-1]["eval/loss"] = round(1.05 + 3 * step**-0.3, 4)
    return rows


def diverging() -> list[Row]:
    """A loss that turns at step 60, while the learning rate is still on its way up."""
    noise = np.random.default_rng(1).normal(0, 0.02, 150)
    rows: list[Row] = []
    for step in range(1, 151):
        loss = 1 + 3 * step**-0.3 if step < 60 else 1.88 + 0.05 * (step - 60)
        norm = 1.0 if step < 60 else 1.1 ** (step - 60)
        rows.append(
            {
                "step": step,
                "loss": round(loss + noise[step - 1], 4),
                "lr": round(1e-3 * min(step, 100), 6),
                "grad_norm": round(norm * (1 + noise[step - 1]), 4),
            }
        )
    return rows


def overfit() -> list[Row]:
    """Thirty epochs whose held-out loss is best at the tenth."""
    noise = np.random.default_rng(2).normal(0, 0.005, 30)
    return [
        {
            "epoch": epoch,
            "train_loss": round(float(np.exp(-epoch / 8)), 4),
            "val_loss": round(0.4 + 0.002 * (epoch - 10) ** 2 + noise[epoch], 4),
        }
        for epoch in range(30)
    ]


LOGS: dict[str, Callable[[], list[Row]]] = {
    "healthy": healthy,
    "diverging": diverging,
    "overfit": overfit,
}


def write(name: str, folder: Path) -> Path:
    """Write the log `name` as JSON Lines and return its path."""
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in LOGS[name]()), encoding="utf-8")
    return path
