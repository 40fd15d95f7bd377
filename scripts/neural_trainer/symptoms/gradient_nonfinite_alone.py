"""The gradient, or the parameters, are not finite, and the loss does not say so.

Their norm is NaN or infinite in at least two points and, from the first of
them on, in more than half, or the loss is exactly zero or exactly the same in
the last five points and before it was not, while every loss that is logged is
finite. A logger that leaves NaN out, averages over it or writes zero in its
place hides it. Gradients that overflow now and then are left out by a scaler; a
loss that has come down to a millionth of its start stands at the floor of its
floats.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.finding import Finding, at
from neural_trainer.symptoms.roles import training_loss

ID = "gradient-nonfinite-alone"
NEEDS = {"loss": 2}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.004
FEWEST = 2
LASTING = 0.5  # of the points from the first on
SAME = 5
FLOOR = 1e-6  # share of the largest loss


def find(run: Run) -> Finding | None:
    """Return what is not finite beside a loss that is."""
    part = training_loss(run)
    if part is None or not np.isfinite(part.series.value).all():
        return None
    for name in ("param_norm", "grad_norm"):
        series = run.get(name)
        if series is None:
            continue
        bad = np.flatnonzero(~np.isfinite(series.value))
        if len(bad) < FEWEST or (run.get("loss_scale") is not None and name == "grad_norm"):
            continue
        lasting = float(len(bad) / (len(series) - bad[0]))
        if lasting <= LASTING:
            continue
        begin, end = float(series.step[bad[0]]), float(series.step[-1])
        sentence = (
            f"{name} is not finite in {len(bad)} points from {at(run, begin)} on, and "
            f"{part.name} is."
        )
        return Finding(
            ID, begin, (begin, end), 1.0, (sentence,),
            {"points": float(len(bad)), "lasting": lasting},
        )  # fmt: skip
    value = part.series.value
    if 0 < abs(float(value[-1])) < FLOOR * float(np.abs(value).max()):
        return None
    if len(value) > 3 * SAME and np.ptp(value[-SAME:]) == 0 and np.ptp(value[: 2 * SAME]) > 0:
        same = len(value) - int(np.argmax(value[::-1] != value[-1]))
        begin, end = float(part.series.step[min(same, len(value) - 1)]), float(part.series.step[-1])
        sentence = f"{part.name} is exactly the same from {at(run, begin)} on."
        return Finding(
            ID, begin, (begin, end), 0.7, (sentence,), {"points": float(len(value) - same)}
        )
    return None
