"""The loss went far above its first values early in the run.

Early is the first tenth of the points (at least ten): the time that a warm-up
covers. Far is above the highest of the first three by at least a tenth of the
larger of that level and the run's whole range, and by six scatters, on the
median of three points: one odd batch is no instability. The scatter is the
larger of the early and the later one: noise often shrinks with the loss. While
a loss scale still falls, steps are left out: what the loss does then is chance.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import smooth
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "early-instability"
NEEDS = {"loss": 30}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.02
EARLY = 0.1  # share of the points
FEWEST = 10
FAR = 0.1  # share of the larger of first level and range
SCATTERS = 6.0


def find(run: Run) -> Finding | None:
    """Return the early rise of the training loss above where it began."""
    part = training_loss(run)
    if part is None:
        return None
    loss = part.series.finite()
    loss = loss.where(loss.step > _settled(run.get("loss_scale")))
    if len(loss) < NEEDS["loss"]:
        return None
    early = max(FEWEST, round(EARLY * len(loss)))
    level = smooth(loss.value[: early + 1], 3)
    first = float(loss.value[:3].max())
    top = 1 + int(np.argmax(level[1:]))
    rise = float(level[top]) - first
    extent = float(np.ptp(np.percentile(loss.value, (2, 98))))
    noise = max(scatter(loss.value[:early]), scatter(loss.value[early:]))
    if rise <= 0 or rise < FAR * max(abs(first), extent) or rise < SCATTERS * noise:
        return None
    sentence = (
        f"{part.name} began at {number(first)} and stood at {number(float(level[top]))} by "
        f"{at(run, loss.step[top])}, within the first tenth of the run."
    )
    return Finding(
        ID,
        float(loss.step[top]),
        (float(loss.step[0]), float(loss.step[top])),
        1.0,
        (sentence,),
        {"first": first, "top": float(level[top])},
    )


def _settled(scale: Series | None) -> float:
    """Return the step by which a loss scale has fallen to where it settles; -inf without one."""
    if scale is None or len(scale) < 2:
        return -np.inf
    falls = np.flatnonzero(np.diff(scale.value[: max(2, round(EARLY * len(scale)))]) < 0)
    return float(scale.step[falls[-1] + 1]) if len(falls) else -np.inf
