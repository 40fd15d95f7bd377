"""A scaler leaves out most steps: their gradient is not finite.

Under a loss scale a step whose gradient overflows is skipped: a few at the
start, while the scale settles, and one in some hundreds later. Here the
gradient norm is not finite in half or more of the points of the last half, or
the count of skipped steps grows in it by half of the steps or more, or it has no norm at half of
the points that tell the scale: a norm that is taken as the optimizer steps is not
there where it does not.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import tail
from neural_trainer.symptoms.finding import Finding, at

ID = "steps-skipped"
NEEDS = {"loss_scale": 5}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.002
MOST = 0.5
FEWEST = 10  # points of the gradient norm, or of the scale where it is told now and then
FEWEST_STEPPED = 3


def find(run: Run) -> Finding | None:
    """Return the share of steps that are left out late in the run."""
    shares = [
        found
        for found in (
            _overflown(run.get("grad_norm")),
            _counted(run.get("skipped_steps")),
            _unstepped(run),
        )
        if found is not None
    ]
    if not shares or max(shares) < MOST:
        return None
    end = run.last_step
    begin = float(run.signals["loss_scale"].step[0]) / 2 + end / 2
    sentence = f"{max(shares):.0%} of the steps from {at(run, begin)} on overflow and are left out."
    return Finding(ID, begin, (begin, end), 1.0, (sentence,), {"share": max(shares)})


def _overflown(norm: Series | None) -> float | None:
    """Return the share of points in the last half that are not finite."""
    if norm is None or len(norm) < FEWEST:
        return None
    return float(np.mean(~np.isfinite(tail(norm.value, 0.5))))


def _counted(skipped: Series | None) -> float | None:
    """Return by how much of the steps of the last half the count of skipped ones grows."""
    if skipped is None or len(skipped) < 2:
        return None
    middle = (float(skipped.step[0]) + float(skipped.step[-1])) / 2
    steps = float(skipped.step[-1]) - middle
    return (float(skipped.value[-1]) - skipped.at(middle)) / steps if steps > 0 else None


def _unstepped(run: Run) -> float | None:
    """Return the share of points of the scale in the last half that have no gradient norm."""
    norm, scale = run.get("grad_norm"), run.signals["loss_scale"]
    if norm is None or len(norm) < FEWEST_STEPPED or len(scale) < FEWEST:
        return None
    return float(np.mean(~np.isin(tail(scale.step, 0.5), norm.step)))
