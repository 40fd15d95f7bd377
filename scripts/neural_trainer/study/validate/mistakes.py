"""The items on which a model errs most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neural_trainer.study.validate.predictions import Predictions, item_scores

SHOWN = 10


@dataclass(frozen=True)
class Mistake:
    """One item: its id or place (from 0), what is true, what was said, and by how much it errs.

    size: of classes the probability given to the wrong one (NaN if unknown), else the error.
    """

    item: str
    truth: str
    predicted: str
    size: float


def worst_items(p: Predictions, most: int = SHOWN) -> tuple[Mistake, ...]:
    """Return the surest mistakes, the largest errors, or the items of most nats a token."""
    if p.task == "classification":
        sizes = np.full(len(p), np.nan)
        if p.probabilities is not None:
            sizes = p.probabilities[np.arange(len(p)), p.predicted.astype(int)]
        wrong = np.flatnonzero(p.truth != p.predicted)
        order = wrong[np.argsort(-np.nan_to_num(sizes[wrong]), kind="stable")]
    else:
        sizes = item_scores(p)[1]
        order = np.argsort(-sizes, kind="stable")
    return tuple(
        Mistake(
            p.ids[i] if p.ids else str(i),
            _told(p, p.truth[i]), _told(p, p.predicted[i]), float(sizes[i]),
        )
        for i in order[:most]
    )  # fmt: skip


def _told(p: Predictions, value: float) -> str:
    if p.task == "classification":
        return p.classes[int(value)]
    return f"{value:.6g}"
