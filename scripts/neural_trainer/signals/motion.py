"""How far the parameters move, as their norm tells."""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Array, Run, Series

_LOOKED_AT = 32  # values


def moves(norm: Series, lr: Series | None) -> tuple[Array, Array]:
    """Return how far the norm moves in each interval, as a share of it, and the learning rate.

    Both (n - 1,); the rate is the one logged last before the interval ends, NaN where unknown.
    """
    level = np.maximum(np.abs(norm.value[:-1]), np.finfo(np.float64).tiny)
    moved = np.abs(np.diff(norm.value)) / level
    if lr is None:
        return moved, np.full(len(moved), np.nan)
    at = np.searchsorted(lr.step, norm.step[1:], side="right") - 1
    return moved, np.where(at >= 0, lr.value[at], np.nan)


def figures(value: Array) -> int:
    """Return how many significant figures `value`, (n,), is written with, the most of any.

    >>> figures(np.array([6.25, 6.3]))
    3
    """
    spelled = (repr(x).split("e")[0] for x in value[:_LOOKED_AT].tolist() if np.isfinite(x))
    return max((len(text.replace(".", "").strip("-0")) for text in spelled), default=0)


def reach(run: Run) -> Array | None:
    """Return the change of the parameters' norm over learning rate x gradient norm x steps.

    One value for each interval of the norm in which the product is above zero; None where the run
    lacks a signal or does not count steps.
    """
    norm, lr, gradient = (run.get(name) for name in ("param_norm", "lr", "grad_norm"))
    if norm is None or lr is None or gradient is None or run.axis != "step":
        return None
    norm, lr, gradient = norm.finite(), lr.finite(), gradient.finite()
    if min(len(norm), len(lr), len(gradient)) < 2:
        return None
    step = norm.step[1:]
    allowed = (
        np.interp(step, lr.step, lr.value)
        * np.interp(step, gradient.step, gradient.value)
        * np.diff(norm.step)
    )
    known = allowed > 0
    return np.asarray(np.abs(np.diff(norm.value))[known] / allowed[known])
