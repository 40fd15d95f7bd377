"""One of several outputs says the same of everything.

A signal whose name holds std, variance or var, and none of gradient,
parameter, weight, update or activation, which are a layer's own, nor of reward
or return, which vary no more where a task is solved, falls to under 2 % of its
first level, or stands at zero; or one term of the loss, of several, stands
still to 0.1 % through the last half while another falls by a tenth.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.signals.course import blocks, tail
from neural_trainer.signals.noise import deviation
from neural_trainer.symptoms.correctness import first, last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import NAMED, about

ID = "term-goes-dead"
NEEDS: dict[str, int] = {"any loss": 8}
GIVEN: tuple[str, ...] = ()
ALARM = True
BACKGROUND = 0.003
OF_OTHERS = ("grad", "param", "weight", "update", "activation", "bias", "kernel", "reward",
             "return")  # fmt: skip
LEFT = 0.02
STILL = 0.001
LEARNT = 0.1


def find(run: Run) -> Finding | None:
    """Return the output that has gone dead."""
    for part in about(run, NAMED["spread of an output"]):
        if any(word in part.name.lower() for word in OF_OTHERS):
            continue
        course = blocks(part.series.finite(), 60)
        if len(course) < 4 or (course.value < 0).any():
            continue
        start, end = float(course.value.max()), last(course)
        if end <= LEFT * start:
            step = float(course.step[int(np.argmax(course.value <= max(LEFT * start, end)))])
            sentence = f"{part.name} falls from {number(start)} to {number(end)}."
            return Finding(ID, step, (step, float(course.step[-1])), 1.0, (sentence,), {"end": end})
    terms = [
        (name, series.finite())
        for prefix in ("loss/", "eval/loss/")
        for name, series in run.under(prefix)
        if len(series.finite()) >= NEEDS["any loss"]
    ]
    learnt = any(last(s) < (1 - LEARNT) * first(s) for _, s in terms if first(s) > 0)
    for name, series in terms:
        late = tail(series.value, 0.5)
        level = float(np.median(late))
        if learnt and level > 0 and deviation(late) < STILL * level:
            step = float(series.step[-len(late)])
            sentence = f"{name} stands at {number(level)} from {at(run, step)} on."
            return Finding(
                ID, step, (step, float(series.step[-1])), 0.7, (sentence,), {"level": level}
            )
    return None
