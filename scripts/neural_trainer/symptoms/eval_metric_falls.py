"""A held-out metric that ought to rise has come down from its best, while training goes on well.

Of an accuracy, mAP, F1, BLEU and their like, of at least six evaluations: the
best (medians of three) lies in the first 70 % of them, and the last fifth lies
under it by four scatters, by 5 % of what had been gained and by 1 % of the
best. Where a training loss is logged it has fallen by a tenth since; where none
is, the strength is halved. A reward is judged by other symptoms.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import blocks, smooth, tail
from neural_trainer.signals.noise import scatter
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import Part, held_out_metrics, training_loss

ID = "eval-metric-falls"
NEEDS = {"held-out metric": 6}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.03
EARLY = 0.7  # share of the evaluations within which the best lies
SCATTERS = 4.0
OF_GAIN, OF_BEST = 0.05, 0.01
LEARNT = 0.9  # of the training loss at the best


def find(run: Run) -> Finding | None:
    """Return the metric that has fallen furthest for its size."""
    found = [finding for part in held_out_metrics(run) if (finding := _fallen(run, part))]
    return max(found, key=lambda one: one.strength, default=None)


def _fallen(run: Run, part: Part) -> Finding | None:
    course = blocks(part.series.finite(), 100)
    if len(course) < NEEDS["held-out metric"]:
        return None
    level = smooth(course.value, 3)
    top = int(np.argmax(level))
    best, end = float(level[top]), float(np.median(tail(course.value, 0.2)))
    fall, gain = best - end, best - float(course.value[0])
    least = max(SCATTERS * scatter(course.value), OF_GAIN * gain, OF_BEST * abs(best))
    if best <= 0 or top > EARLY * (len(level) - 1) or fall <= least:
        return None
    step, stop = float(course.step[top]), float(course.step[-1])
    loss = training_loss(run)
    learns = loss is not None and _falls_on(loss.series.finite(), step)
    if loss is not None and not learns:
        return None
    sentence = f"{part.name} was best, {number(best)}, at {at(run, step)} and is {number(end)}" + (
        f" at the end, while {loss.name} falls." if loss is not None else " at the end."
    )
    strength = min(1.0, 0.5 + 2 * fall / best) * (1.0 if learns else 0.5)
    return Finding(
        ID, step, (step, stop), strength, (sentence,), {"best": best, "end": end}
    )  # fmt: skip


def _falls_on(loss: Series, since: float) -> bool:
    """Tell whether a loss has fallen by a tenth since a step."""
    if not len(loss):
        return False
    end = float(np.median(tail(loss.value, 0.1)))
    return end < LEARNT * loss.at(since)
