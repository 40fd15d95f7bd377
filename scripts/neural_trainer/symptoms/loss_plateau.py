"""The loss fell and then stopped falling: converged, or stuck.

The last third of up to 200 blocks gained less than 3 % of what the run gained
in all, or less than twice the standard error of its own slope; the whole gain
is at least three scatters. A third is long enough that a step decay's knee
lies inside it. Where the learning rate had gone to zero the plateau is the
schedule's doing.
"""

from __future__ import annotations

from neural_trainer.runs.run import Run
from neural_trainer.signals.centre import median
from neural_trainer.signals.course import blocks, head, slope, tail
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import training_loss

ID = "loss-plateau"
NEEDS = {"loss": 15}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.3
BLOCKS = 200
SMALL = 0.03  # share of the whole gain
ERRORS = 2.0  # standard errors of the slope
SCATTERS = 3.0


def find(run: Run) -> Finding | None:
    """Return the late flat stretch of the training loss."""
    part = training_loss(run)
    if part is None:
        return None
    course = blocks(part.series.finite(), BLOCKS)
    if len(course) < NEEDS["loss"]:
        return None
    first = median(head(course.value, 0.02))
    last = median(tail(course.value, 0.1))
    gain = first - last
    if gain < SCATTERS * scatter(course.value):
        return None
    third = max(5, len(course) // 3)
    fit = slope(course.step[-third:], course.value[-third:])
    late = -fit.slope * float(course.step[-1] - course.step[-third])
    error = fit.error * float(course.step[-1] - course.step[-third])
    if late > SMALL * gain and late > ERRORS * error:
        return None
    begins = float(course.step[-third])
    sentence = (
        f"{part.name} fell from {number(first)} to {number(last)}, and by "
        f"{number(max(late, 0.0))} since {at(run, begins)}."
    )
    return Finding(
        ID,
        begins,
        (begins, float(course.step[-1])),
        1.0,
        (sentence,),
        {"gain": gain, "late_gain": late, "level": last},
    )
