"""What a model generates, or a policy tries, becomes less and less varied, or never is.

A signal that is called diversity, coverage, modes, distinct, unique or entropy
falls to less than 40 % of its highest level (medians of the first third at its
highest and of the last fifth), and does not come back; to less than 15 % where it
is highest at the start, as what an untrained language model writes is the most
varied of all. The entropy of a policy falls in healthy runs as it learns: that of
a run judged by a reward counts where it has come under 15 % and the reward does
not rise in the last half. Of two networks that play against each other, variety
that stands under 0.01 for the whole last half counts as well, however it began:
such signals are shares or spreads of data near unit scale.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run, Series
from neural_trainer.signals.course import blocks, smooth, tail
from neural_trainer.symptoms.correctness import last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import NAMED, about, is_adversarial, reward

ID = "samples-grow-alike"
NEEDS = {"variety": 8}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.01
LEFT, LEFT_OF_POLICY, LEFT_OF_NOISE = 0.4, 0.15, 0.15
FROM_START = 0.1  # share of the looks: what was most varied then is noise
NONE = 0.01  # variety that is none, of data near unit scale


def find(run: Run) -> Finding | None:
    """Return the signal of variety that falls."""
    rewarded = reward(run)
    for part in about(run, NAMED["variety"]):
        course = blocks(part.series.finite(), 60)
        if len(course) < NEEDS["variety"]:
            continue
        level = smooth(course.value, 3)
        top = int(np.argmax(level))
        highest, end = float(level[top]), last(course)
        if is_adversarial(run) and float(tail(course.value, 0.5).max()) < NONE:
            return _none(run, part.name, course)
        least = LEFT if rewarded is None else LEFT_OF_POLICY
        if rewarded is None and not is_adversarial(run) and top < FROM_START * len(level):
            least = LEFT_OF_NOISE
        if highest <= 0 or end > least * highest or top > 0.8 * len(level):
            continue
        if rewarded is not None and _rises(rewarded.series):
            continue
        step = float(course.step[top])
        sentence = (
            f"{part.name} falls from {number(highest)} at {at(run, step)} to {number(end)} at the "
            "end."
        )
        return Finding(
            ID, step, (step, float(course.step[-1])), min(1.0, 1.2 - end / highest), (sentence,),
            {"left": end / highest},
        )  # fmt: skip
    return None


def _none(run: Run, name: str, course: Series) -> Finding:
    """Return that what is generated is alike all along."""
    step = float(course.step[0])
    most = number(float(tail(course.value, 0.5).max()))
    sentence = f"{name} is at most {most} in the whole last half: the samples are alike."
    return Finding(
        ID, step, (step, float(course.step[-1])), 1.0, (sentence,), {"left": 0.0}
    )  # fmt: skip


def _rises(series: Series) -> bool:
    """Tell whether a reward still rises over its last half, or stays at its best."""
    level = smooth(blocks(series.finite(), 60).value, 5)
    late = tail(level, 0.5)
    reach = float(level.max() - level.min())
    return reach > 0 and float(np.median(tail(late, 0.3))) >= float(level.max()) - 0.2 * reach
