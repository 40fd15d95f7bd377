"""The held-out loss is best among the first evaluations, far better than a
guess, and rises without pause.

A guess is what the first training loss cost, of a model that had learnt nothing:
at its best, in the first tenth of at least four evaluations or the first two,
the held-out loss is 0.85 of it or less. From there on it rises at three of four
evaluations or more, by a tenth in all, while the training loss comes to half of
what it was or less. What was learnt held at first, and then no more: by the
first evaluation a small set has been seen many times. Held-out data of another
kind, or with wrong labels, is seldom better than guessed.
"""

from __future__ import annotations

import numpy as np

from neural_trainer.runs.run import Run
from neural_trainer.symptoms.correctness import last
from neural_trainer.symptoms.finding import Finding, at, number
from neural_trainer.symptoms.roles import held_out_pairs

ID = "eval-best-at-first"
NEEDS = {"eval/loss": 4, "loss": 4}
GIVEN: tuple[str, ...] = ()
ALARM = False
BACKGROUND = 0.005
FIRST = 0.1
BETTER, WORSE = 0.85, 0.1
RISES = 0.75
FELL = 0.5


def find(run: Run) -> Finding | None:
    """Return from where on the held-out loss rises."""
    for pair in held_out_pairs(run):
        train, held_out = pair.train.series, pair.held_out.series
        if len(held_out) < NEEDS["eval/loss"] or len(train) < NEEDS["loss"]:
            continue
        guess, low = float(train.value[0]), int(np.argmin(held_out.value))
        best, end = float(held_out.value[low]), float(held_out.value[-1])
        step = float(held_out.step[low])
        if low > max(1.0, FIRST * len(held_out)) or not 0 < best <= BETTER * guess:
            continue
        rises = float(np.mean(np.diff(held_out.value[low:]) > 0))
        then = train.at(step)
        if rises < RISES or end < (1 + WORSE) * best or last(train) > FELL * then:
            continue
        sentence = (
            f"{pair.held_out.name} is {number(best)} at {at(run, step)}, where a guess costs "
            f"{number(guess)}, and {number(end)} at the end, while {pair.train.name} falls from "
            f"{number(then)} to {number(last(train))}."
        )
        strength = min(1.0, 0.5 + (end / best - 1))
        return Finding(
            ID, step, (step, float(held_out.step[-1])), strength, (sentence,),
            {"best": best, "end": end, "guess": guess},
        )  # fmt: skip
    return None
