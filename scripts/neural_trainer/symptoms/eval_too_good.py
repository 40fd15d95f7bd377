"""The held-out data is answered nearly perfectly, and at once.

The best held-out accuracy is 0.98 or more, reached within the first half of
the evaluations, and no worse than the training accuracy at that time; or,
without accuracies, the held-out loss has come under 3 % of its first level and
is no higher than the training loss. Some tasks are that easy; otherwise the
answer is in the input, or the examples are in the training.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import accuracy
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-too-good"
NEEDS = {"eval/loss": 2}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.12
PERFECT = 0.98
LEFT = 0.03


def find(run: Run) -> Finding | None:
    """Return how good the held-out answers are."""
    held_out, train = accuracy(run, "eval/accuracy"), accuracy(run, "accuracy")
    if held_out is not None and len(held_out) >= 2:
        good = np.flatnonzero(held_out.value >= PERFECT)
        if not len(good) or good[0] > len(held_out) // 2:
            return None
        step, value = float(held_out.step[good[0]]), float(held_out.value[good[0]])
        if train is not None and train.at(step) > value + 0.01:
            return None
        sentence = f"eval/accuracy is {number(value)} by {at(run, step)}."
        end = float(held_out.step[-1])
        return Finding(ID, step, (step, end), 1.0, (sentence,), {"value": value})
    for pair in held_out_pairs(run):
        loss = pair.held_out.series
        if len(loss) < 2 or loss.value[0] <= 0 or len(pair.train.series) == 0:
            continue
        low = float(loss.value.min())
        step = float(loss.step[int(np.argmin(loss.value))])
        first = max(float(loss.value[0]), float(pair.train.series.value[0]))
        if low > LEFT * first or low > pair.train.series.at(step):
            continue
        sentence = f"{pair.held_out.name} falls from {number(first)} to {number(low)}."
        return Finding(ID, step, (step, float(loss.step[-1])), 1.0, (sentence,), {"value": low})
    return None
