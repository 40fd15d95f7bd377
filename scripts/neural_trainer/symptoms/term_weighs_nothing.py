"""A term of the loss has next to no weight in it, and is not learnt.

Where a loss and two or more of its terms are logged at the same rows, least
squares gives the weights of the sum: what is left over is under a thousandth
of the loss's own course (root mean square over its deviation), and no term is
nearly a sum of the others. Seen is a term whose share, weight x value over the
loss, is under a thousandth even by two standard errors, whose weight is under
a hundredth of the largest, and that keeps half of what it began with while the
loss loses half as much of itself again or more. A weight that is zero within
ten standard errors is none: there it must keep two thirds, as a measure that
is logged beside the trained one, such as the absolute error beside the
squared, falls along with it. Penalties that are small by their own value have
a usual weight; a game's losses are no sum.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.plain_text import shown_name
from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import first, last
from neural_trainer.symptoms.finding import Finding, number
from neural_trainer.symptoms.roles import is_adversarial, is_reinforcement

ID = "term-weighs-nothing"
NEEDS = {"loss": 10, "two loss terms": 10}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.005
RESIDUE = 1e-3  # of the deviation of the loss
APART = 1e-4  # least singular value of the terms at unit length: float32 adds up to 1e-7
SHARE, WEIGHT = 1e-3, 0.01
KEPT, KEPT_OUTSIDE = 0.5, 2 / 3  # of the term; where it is no part of the sum
TOLD = 10.0  # standard errors from zero
FURTHER = 1.5  # x: how much more the loss falls, as a share


def find(run: Run) -> Finding | None:
    """Return the term that weighs nothing."""
    whole = run.get("loss")
    terms = [(name, series) for name, series in run.under("loss/")]
    if whole is None or len(terms) < 2 or is_adversarial(run) or is_reinforcement(run):
        return None
    if not all(np.array_equal(whole.step, series.step) for _, series in terms):
        return None
    table = np.column_stack([series.value for _, series in terms])
    known = np.isfinite(table).all(axis=1) & np.isfinite(whole.value)
    table, total = table[known], whole.value[known]
    length = np.linalg.norm(table, axis=0)
    if len(total) < NEEDS["loss"] or len(total) < 3 * len(terms) or not (length > 0).all():
        return None
    if float(np.linalg.svd(table / length, compute_uv=False)[-1]) < APART:
        return None
    weight = np.linalg.lstsq(table / length, total, rcond=None)[0] / length
    left = float(np.sqrt(np.mean((table @ weight - total) ** 2)))
    if not left <= RESIDUE * float(np.std(total)):
        return None
    error = left * np.sqrt(np.diag(np.linalg.inv((table / length).T @ (table / length)))) / length
    size = float(np.median(np.abs(total)))
    fell = 1 - last(whole.finite()) / first(whole.finite()) if first(whole.finite()) > 0 else 0.0
    for i, (name, series) in enumerate(terms):
        share = (abs(float(weight[i])) + 2 * float(error[i])) * float(np.median(abs(table[:, i])))
        light = abs(float(weight[i])) < WEIGHT * float(np.abs(weight).max())
        begins, ends = first(series.finite()), last(series.finite())
        kept = ends / begins if begins > 0 else 0.0
        least = KEPT if abs(float(weight[i])) > TOLD * float(error[i]) else KEPT_OUTSIDE
        if share >= SHARE * size or not light or kept < least or fell < FURTHER * (1 - kept):
            continue
        window = (float(whole.step[0]), float(whole.step[-1]))
        sentence = (
            f"loss is the sum of its terms with {number(float(weight[i]))} as the weight of "
            f"{shown_name(name)}, which goes from {number(begins)} to {number(ends)} and makes "
            f"{number(100 * share / size)} % of it at most."
        )
        numbers = {"weight": float(weight[i]), "share": share / size}
        return Finding(ID, window[0], window, 1.0, (sentence,), numbers)
    return None
