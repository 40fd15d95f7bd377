"""Letters: the mask lets each place see the next letter, which is the one that it is to predict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from case_program import DoesNotRun, column, run, table, verdict

VERDICT = "fault"
LEAST_SHARE = 0.7  # of what the best guess reaches; a mended program reaches 0.84
LETTERS = "abcdefghijkl"
LENGTH, SHOWN = 24, 12
RIGHT = (("triu(diagonal=2)", "triu(diagonal=1)"),)
WRONG: dict[str, tuple[tuple[str, str], ...]] = {
    "unchanged": (),
    "more regularisation": (
        ("weight_decay=0.01", "weight_decay=1.0"),
        ('"width": 48', '"width": 24'),
    ),
    "stopped early": (('"epochs": 8', '"epochs": 2'),),
}


def _chain() -> np.ndarray:
    """The chance of each letter after each pair of letters, of shape (12, 12, 12)."""
    return np.random.default_rng(60).dirichlet(np.full(12, 0.12), (12, 12))


def _messages(seed: int, num: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    steps = _chain().cumsum(-1)
    found = rng.integers(0, 12, (num, LENGTH))
    for i in range(2, LENGTH):
        chances = steps[found[:, i - 2], found[:, i - 1]]
        found[:, i] = np.minimum((rng.random((num, 1)) > chances).sum(1), 11)
    return found


def _words(messages: np.ndarray) -> dict[str, list[str]]:
    return {"message": ["".join(LETTERS[i] for i in row) for row in messages]}


def draw() -> dict[str, str]:
    """Return data/ as it is given."""
    shown = _messages(62, 200)[:, :SHOWN]
    return {"train.csv": table(_words(_messages(61, 3000))), "test.csv": table(_words(shown))}


def symptom(metrics: list[dict[str, Any]]) -> bool:
    """Whether the log shows what the prompt tells: next to no loss on held-out messages."""
    return column(metrics, "val_loss")[-1] < 0.4


def grade(folder: Path) -> str | None:
    """None where the answer in `folder` passes, else one line saying why not."""
    hidden = _messages(63, 1000)[:, :SHOWN]
    chances = _chain()[hidden[:, -2], hidden[:, -1]]
    try:
        ran = run(folder, {**draw(), "test.csv": table(_words(hidden))})
    except DoesNotRun as error:
        return str(error)
    if not set(ran.predictions) <= set(LETTERS):
        return "predictions are not letters"
    found = [LETTERS.index(letter) for letter in ran.predictions]
    share = chances[np.arange(len(found)), found].mean() / chances.max(1).mean()
    if share < LEAST_SHARE:
        return f"new messages are continued {share:.3f} as well as can be, not {LEAST_SHARE}"
    if verdict(folder) != VERDICT:
        return f"the verdict is {verdict(folder)!r}, not {VERDICT!r}"
    return None
